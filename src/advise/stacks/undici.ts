import { NS_PER_MS, NS_PER_SEC, type Ns } from '../../core/index.ts';
import type { RetryOn } from '../call-policy.ts';
import { besideOf, Defaults, numberOf, policyInUse } from './in-use.ts';
import { unsaidLines } from './protection-lines.ts';
import { moduleText, readModule } from './module-file.ts';
import { at, entriesAt } from './read-object.ts';
import type { Stack, StackExport, StackPolicy } from './stack.ts';
import { readNs, wholeMs } from './stack-units.ts';

/** Its timers have a resolution of half a second and more. */
const PRECISE_FROM_MS = 1_000;
const ALL_METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'POST', 'PATCH'];
const CONNECT_CODES = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
];
const TRANSIENT_CODES = [
  ...CONNECT_CODES,
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
];

const CANNOT = [
  'Use: const { dispatcher, signal } = clients[KEY]; await fetch(url, { dispatcher, signal: signal() }), the fetch of undici.',
  'The signal bounds a call with all its attempts. headersTimeout bounds one attempt, and the gaps in its body; below 1 s it fires up to a second late, so that of short calls the signal alone is precise.',
  'connections is of each address; further calls wait for one, until their signal ends them.',
  'maxRetries counts those beyond the first attempt. Waits have no jitter. There is no retry budget. Behind the last attempt an error stands in place of a 503.',
];

const CODE = `function clientOf({ totalMs, connectMs, attemptMs, connections, retry }) {
  const agent = new Agent({
    connect: { timeout: connectMs },
    ...(connections !== undefined && { connections, pipelining: 1 }),
    headersTimeout: attemptMs,
    bodyTimeout: attemptMs,
  });
  const dispatcher = retry.maxRetries === 0 ? agent : new RetryAgent(agent, retry);
  return { dispatcher, signal: () => AbortSignal.timeout(totalMs) };
}

export const clients = Object.fromEntries(
  Object.entries(settings).map(([key, own]) => [key, clientOf(own)]),
);
`;

/** A module; maxRetries counts retries. */
export const UNDICI: Stack = {
  name: 'undici',
  title: 'undici',
  reads: 'JSON with the options of an Agent for each callee, those of its RetryAgent as retry',
  ...{ write, read },
};

function write(wanted: StackExport): string {
  return moduleText(wanted, {
    head: [...wanted.about, ...CANNOT],
    imports: "import { Agent, RetryAgent } from 'undici';\n",
    settingsOf: ({ policy, request, protection }) => ({
      totalMs: wholeMs(policy.totalTimeoutNs),
      connectMs: wholeMs(policy.connectTimeoutNs),
      attemptMs: wholeMs(policy.attemptTimeoutNs),
      ...(protection && { connections: protection.bulkhead.concurrent }),
      retry: {
        maxRetries: policy.attempts - 1,
        ...(policy.retryOn !== 'nothing' && {
          minTimeout: wholeMs(policy.backoff.baseNs),
          maxTimeout: wholeMs(policy.backoff.capNs),
          timeoutFactor: 2,
          methods: request.httpMethod === '' ? ALL_METHODS : [request.httpMethod],
          errorCodes: policy.retryOn === 'connect' ? CONNECT_CODES : TRANSIENT_CODES,
          statusCodes: policy.retryOn === 'connect' ? [] : [503],
        }),
      },
    }),
    linesOf: (edge) => [
      ...(wholeMs(edge.policy.attemptTimeoutNs) < PRECISE_FROM_MS
        ? [
            `an attempt is cut off up to a second late: the call ends at ${wholeMs(edge.policy.totalTimeoutNs)} ms before`,
          ]
        : []),
      ...unsaidLines(edge, 'undici', ['hedge', 'breaker', 'rate limit']),
    ],
    code: CODE,
  });
}

/** What an agent and a RetryAgent do without these options. */
const CONNECT_NS = 10 * NS_PER_SEC;
const HEADERS_NS = 300 * NS_PER_SEC;
const WAIT_NS = 500 * NS_PER_MS;
const OPTIONS = ['headersTimeout', 'bodyTimeout', 'connect', 'connections', 'retry', 'totalMs'];
const BESIDE = ['bodyTimeout', 'pipelining', 'keepAliveTimeout', 'allowH2'];

/** Options of an Agent, with those of a RetryAgent as `retry`: of the callee of their name. */
function read(text: string): readonly StackPolicy[] {
  return entriesAt(readModule(text)).flatMap(([key, own]) => {
    if (!entriesAt(own).some(([name]) => OPTIONS.includes(name))) return [];
    const defaults = new Defaults();
    const ms = (...path: readonly string[]): Ns | undefined => readNs(numberOf(at(own, ...path)));
    const retries = at(own, 'retry') === undefined ? 0 : numberOf(at(own, 'retry', 'maxRetries'));
    const attempts = 1 + defaults.or('attempts', retries, 5);
    const policy = policyInUse({
      ...{ key, scope: { callees: [key] } },
      attempts,
      retryOn: attempts === 1 ? 'nothing' : retryOnOf(at(own, 'retry')),
      totalTimeoutNs: ms('totalMs'),
      connectTimeoutNs: defaults.or(
        'connectTimeoutNs',
        ms('connectMs') ?? ms('connect', 'timeout'),
        CONNECT_NS,
      ),
      attemptTimeoutNs: defaults.or(
        'attemptTimeoutNs',
        ms('attemptMs') ?? ms('headersTimeout'),
        HEADERS_NS,
      ),
      ...(attempts > 1 && {
        firstWaitNs: defaults.or('firstWaitNs', ms('retry', 'minTimeout'), WAIT_NS),
      }),
      concurrent: numberOf(at(own, 'connections')),
      ...(defaults.parts.length > 0 && { defaults: defaults.parts }),
      beside: besideOf(BESIDE, (name) => at(own, name)),
    });
    return [policy];
  });
}

/** Its own codes are those of lost connections and of time that is up. */
function retryOnOf(retry: unknown): RetryOn {
  const codes = at(retry, 'errorCodes');
  if (!Array.isArray(codes)) return 'transient';
  return codes.includes('ECONNRESET') ? 'transient' : 'connect';
}
