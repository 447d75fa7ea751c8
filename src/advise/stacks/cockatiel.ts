import type { RetryOn } from '../call-policy.ts';
import type { Breaker } from '../protection.ts';
import { unsaidLines } from './protection-lines.ts';
import { moduleText, readModule } from './module-file.ts';
import { at, entriesAt } from './read-object.ts';
import type { Stack, StackExport, StackPolicy } from './stack.ts';
import { msText, readNs, wholeMs } from './stack-units.ts';

const CANNOT = [
  'Use: import { policies } from this file; await policies[KEY].execute(({ signal }) => fetch(url, { signal }))',
  'maxAttempts counts retries: without it there is no end of them. Timeouts count from the call, the connect with it; hand the signal on, or the attempt goes on behind the timeout.',
  'The connect timeout is the client’s. There is no retry budget.',
];

const CODE = `const CONNECT_CODES = ['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'UND_ERR_CONNECT_TIMEOUT'];
const TRANSIENT_CODES = [...CONNECT_CODES, 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET'];

/** The error itself, or what fetch wraps. */
function codeOf(error) {
  return error?.code ?? error?.cause?.code;
}

function isTransient(error) {
  if (error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError) return false;
  return isTaskCancelledError(error) || TRANSIENT_CODES.includes(codeOf(error));
}

function handlerFor(retryOn) {
  if (retryOn === 'connect') return handleWhen((error) => CONNECT_CODES.includes(codeOf(error)));
  return handleWhen(isTransient).orWhenResult((answer) => answer?.status === 503);
}

/** What no answer came to, or 503: what the caller does wrong is no failure of the callee. */
function breakerOf({ threshold, duration, minimumRps, halfOpenAfter }) {
  const failures = handleWhen(isTransient).orWhenResult((answer) => answer?.status === 503);
  return circuitBreaker(failures, {
    halfOpenAfter,
    breaker: new SamplingBreaker({ threshold, duration, minimumRps }),
  });
}

function policyOf({ totalMs, attemptMs, retryOn, maxAttempts, initialDelay, maxDelay, ...own }) {
  const limit = own.concurrent === undefined ? noop : bulkhead(own.concurrent, 0);
  const breaker = own.breaker === undefined ? noop : breakerOf(own.breaker);
  const attempt = wrap(breaker, timeout(attemptMs, TimeoutStrategy.Aggressive));
  if (maxAttempts === 0) return wrap(limit, attempt);
  const backoff = new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay, maxDelay });
  const again = retry(handlerFor(retryOn), { maxAttempts, backoff });
  return wrap(limit, timeout(totalMs, TimeoutStrategy.Aggressive), again, attempt);
}

export const policies = Object.fromEntries(
  Object.entries(settings).map(([key, own]) => [key, policyOf(own)]),
);
`;

/** A module; maxAttempts counts retries. */
export const COCKATIEL: Stack = {
  name: 'cockatiel',
  title: 'cockatiel',
  reads: 'a module that tune --export wrote, since its policies are code',
  ...{ write, read },
};

function write(wanted: StackExport): string {
  return moduleText(wanted, {
    head: [...wanted.about, ...CANNOT],
    imports: `import {
  BrokenCircuitError,
  BulkheadRejectedError,
  ExponentialBackoff,
  SamplingBreaker,
  TimeoutStrategy,
  bulkhead,
  circuitBreaker,
  fullJitterGenerator,
  handleWhen,
  isTaskCancelledError,
  noop,
  retry,
  timeout,
  wrap,
} from 'cockatiel';
`,
    settingsOf: ({ policy, protection }) => ({
      totalMs: wholeMs(policy.totalTimeoutNs),
      attemptMs: wholeMs(policy.attemptTimeoutNs),
      retryOn: policy.retryOn,
      maxAttempts: policy.attempts - 1,
      initialDelay: wholeMs(policy.backoff.baseNs),
      maxDelay: wholeMs(policy.backoff.capNs),
      ...(protection && { concurrent: protection.bulkhead.concurrent }),
      ...(protection?.breaker && { breaker: samplingOf(protection.breaker) }),
    }),
    linesOf: (edge) => [
      `connect ${msText(edge.policy.connectTimeoutNs)}: of the client`,
      ...unsaidLines(edge, 'cockatiel', ['hedge', 'rate limit']),
    ],
    code: CODE,
  });
}

/** It opens above the threshold, by so many calls a second at least: 0 would be its default. */
function samplingOf({ failureRatio, windowCalls, windowNs, sleepNs }: Breaker): object {
  return {
    threshold: failureRatio,
    duration: wholeMs(windowNs),
    minimumRps: windowCalls / (wholeMs(windowNs) / 1_000),
    halfOpenAfter: wholeMs(sleepNs),
  };
}

function read(text: string): readonly StackPolicy[] {
  return entriesAt(readModule(text)).flatMap(([key, settings]) => {
    const own = settings as Readonly<Record<string, unknown>>;
    if (at(own, 'initialDelay') === undefined) return [];
    const attempts = 1 + Number(own['maxAttempts']);
    const times = [own['totalMs'], own['attemptMs'], own['initialDelay']].map(readNs);
    const [totalTimeoutNs = 0, attemptTimeoutNs = 0, firstWaitNs = 0] = times;
    const breakerRatio = at(own, 'breaker', 'threshold');
    const breakerSleepNs = readNs(at(own, 'breaker', 'halfOpenAfter'));
    const policy: StackPolicy = {
      key,
      attempts,
      retryOn: own['retryOn'] as RetryOn,
      totalTimeoutNs,
      attemptTimeoutNs,
      ...(attempts > 1 && { firstWaitNs }),
      ...(own['concurrent'] !== undefined && { concurrent: Number(own['concurrent']) }),
      ...(breakerRatio !== undefined && { breakerRatio: Number(breakerRatio) }),
      ...(breakerSleepNs !== undefined && { breakerSleepNs }),
    };
    return [policy];
  });
}
