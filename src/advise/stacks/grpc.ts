import { NS_PER_SEC, printable, type Ns } from '../../core/index.ts';
import type { CallPolicy } from '../call-policy.ts';
import type { Hedge } from '../protection.ts';
import { itemsUnder, type CallScope } from './file-parts.ts';
import { unsaidLines } from './protection-lines.ts';
import { at, listAt, textOf } from './read-object.ts';
import type { ExportedEdge, Stack, StackExport, StackPolicy } from './stack.ts';
import { edgeTitle, readNs, wholeMs } from './stack-units.ts';

/** Clients cap maxAttempts silently. */
const ATTEMPTS_MAX = 5;
/** Waits are drawn up to a fifth longer than they say. */
const JITTER = 1.2;
const MAX_TOKENS = 10;

const CANNOT = [
  'JSON has no comments: clients pass over the key "//".',
  'No key bounds one attempt: timeout is of the call with all its attempts. The connect timeout is an option of the channel.',
  'retryThrottling is one bucket for all methods of a target: each failure takes a token, each success gives tokenRatio back, and below half there are no retries.',
  'A hedgingPolicy stands in place of a retryPolicy: it repeats after hedgingDelay, and after UNAVAILABLE at once.',
  'Where no retryPolicy stands, clients still send again what surely reached no server.',
];

/** A service config; maxAttempts counts all, and a policy of one attempt is refused. */
export const GRPC: Stack = {
  name: 'grpc',
  title: 'gRPC service config',
  reads: 'a service config with methodConfig',
  ...{ write, read },
};

function write({ edges, about }: StackExport): string {
  const calls = edges.filter(({ request }) => request.rpcService !== '');
  const others = edges.filter((edge) => !calls.includes(edge));
  const retried = calls.filter(({ policy }) => policy.retryOn === 'transient');
  const content = {
    '//': [
      ...about,
      ...CANNOT,
      ...others.map((edge) => `Left out, no gRPC by its spans: ${edgeTitle(edge)}`),
      ...calls.flatMap((edge) => [
        `${edge.key}: ${edgeTitle(edge)}`,
        ...edge.evidence.map((line) => `  ${line}`),
        ...unsaidLines(edge, 'a service config', ['breaker', 'bulkhead', 'rate limit']).map(
          (line) => `  ${line}`,
        ),
        ...(edge.policy.retryOn === 'connect'
          ? [
              '  Nothing says that it may be repeated, and UNAVAILABLE may come after the work was done: no retryPolicy.',
            ]
          : []),
      ]),
    ].map(printable),
    methodConfig: calls.map(methodConfigOf),
    ...(retried.length > 0 && {
      retryThrottling: {
        maxTokens: MAX_TOKENS,
        tokenRatio: Math.max(...retried.map(({ policy }) => policy.budget.ratio)),
      },
    }),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function methodConfigOf({ key, request, policy, protection }: ExportedEdge) {
  const { hedge } = protection ?? {};
  return {
    '//': key,
    name: [{ service: request.rpcService, method: request.rpcMethod }],
    timeout: nineDecimals(policy.totalTimeoutNs),
    ...(policy.retryOn === 'transient' &&
      (hedge
        ? { hedgingPolicy: hedgingOf(policy, hedge) }
        : { retryPolicy: retryPolicyOf(policy) })),
  };
}

/** A failed attempt is followed by the next at once: a method has this or a retryPolicy. */
function hedgingOf({ attempts }: CallPolicy, { delayNs }: Hedge) {
  return {
    maxAttempts: Math.min(ATTEMPTS_MAX, attempts),
    hedgingDelay: nineDecimals(delayNs),
    nonFatalStatusCodes: ['UNAVAILABLE'],
  };
}

function retryPolicyOf({ attempts, backoff }: CallPolicy) {
  return {
    maxAttempts: Math.min(ATTEMPTS_MAX, attempts),
    initialBackoff: nineDecimals(backoff.baseNs / JITTER),
    maxBackoff: nineDecimals(backoff.capNs / JITTER),
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
}

/** `0.250000000s`: grpc-js reads the digits behind the point as a number of ns. */
function nineDecimals(ns: Ns): string {
  const whole = Math.max(1, Math.round(ns));
  const seconds = Math.floor(whole / NS_PER_SEC);
  return `${seconds}.${String(whole % NS_PER_SEC).padStart(9, '0')}s`;
}

function scopeOf(name: unknown): CallScope {
  const [service, method] = [textOf(at(name, 'service')), textOf(at(name, 'method'))];
  const isWhole = service !== '' && method !== '';
  return {
    callees: ['*'],
    ...(isWhole && { path: `/${service}/${method}` }),
    ...(service !== '' && !isWhole && { pathPrefix: `/${service}/` }),
  };
}

function read(text: string): readonly StackPolicy[] {
  return itemsUnder(text, 'methodConfig').flatMap(({ value: config, line }) => {
    const names = listAt(config, 'name');
    const hedging = at(config, 'hedgingPolicy');
    const retry = at(config, 'retryPolicy') ?? hedging;
    const hedgeDelayNs = readNs(at(hedging, 'hedgingDelay'));
    const totalTimeoutNs = readNs(at(config, 'timeout'));
    const initialNs = readNs(at(retry, 'initialBackoff'));
    const policy: StackPolicy = {
      key: textOf(at(config, '//')),
      attempts: Math.min(ATTEMPTS_MAX, Number(at(retry, 'maxAttempts') ?? 1)),
      retryOn: retry === undefined ? 'nothing' : 'transient',
      ...(totalTimeoutNs !== undefined && { totalTimeoutNs }),
      ...(hedging !== undefined && { hedgeDelayNs: hedgeDelayNs ?? 0 }),
      ...(initialNs !== undefined && {
        firstWaitNs: wholeMs(initialNs * JITTER) * 1e6,
      }),
    };
    if (policy.key !== '') return [{ ...policy, line }];
    // A config may be of several methods; {} is of all.
    return names.map((name) => ({ ...policy, scope: scopeOf(name), line }));
  });
}
