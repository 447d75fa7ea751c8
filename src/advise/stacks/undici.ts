import type { RetryOn } from '../call-policy.ts';
import { moduleText, readModule } from './module-file.ts';
import { at, entriesAt, listAt } from './read-object.ts';
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
  'maxRetries counts those beyond the first attempt. Waits have no jitter. There is no retry budget. Behind the last attempt an error stands in place of a 503.',
];

const CODE = `function clientOf({ totalMs, connectMs, attemptMs, retry }) {
  const agent = new Agent({
    connect: { timeout: connectMs },
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
export const UNDICI: Stack = { name: 'undici', title: 'undici', write, read };

function write(wanted: StackExport): string {
  return moduleText(wanted, {
    head: [...wanted.about, ...CANNOT],
    imports: "import { Agent, RetryAgent } from 'undici';\n",
    settingsOf: ({ policy, request }) => ({
      totalMs: wholeMs(policy.totalTimeoutNs),
      connectMs: wholeMs(policy.connectTimeoutNs),
      attemptMs: wholeMs(policy.attemptTimeoutNs),
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
    linesOf: ({ policy }) =>
      wholeMs(policy.attemptTimeoutNs) < PRECISE_FROM_MS
        ? [
            `an attempt is cut off up to a second late: the call ends at ${wholeMs(policy.totalTimeoutNs)} ms before`,
          ]
        : [],
    code: CODE,
  });
}

function read(text: string): readonly StackPolicy[] {
  return entriesAt(readModule(text)).flatMap(([key, own]) => {
    if (at(own, 'retry') === undefined) return [];
    const times = ['totalMs', 'connectMs', 'attemptMs'].map((name) => readNs(at(own, name)));
    const [totalTimeoutNs = 0, connectTimeoutNs = 0, attemptTimeoutNs = 0] = times;
    const firstWaitNs = readNs(at(own, 'retry', 'minTimeout'));
    const policy: StackPolicy = {
      key,
      attempts: 1 + Number(at(own, 'retry', 'maxRetries')),
      retryOn: retryOnOf(listAt(own, 'retry', 'errorCodes')),
      totalTimeoutNs,
      connectTimeoutNs,
      attemptTimeoutNs,
      ...(firstWaitNs !== undefined && { firstWaitNs }),
    };
    return [policy];
  });
}

function retryOnOf(codes: readonly unknown[]): RetryOn {
  if (codes.length === 0) return 'nothing';
  return codes.includes('ECONNRESET') ? 'transient' : 'connect';
}
