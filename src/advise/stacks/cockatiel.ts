import type { RetryOn } from '../call-policy.ts';
import { moduleText, readModule } from './module-file.ts';
import { entriesAt } from './read-object.ts';
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
  return isTaskCancelledError(error) || TRANSIENT_CODES.includes(codeOf(error));
}

function handlerFor(retryOn) {
  if (retryOn === 'connect') return handleWhen((error) => CONNECT_CODES.includes(codeOf(error)));
  return handleWhen(isTransient).orWhenResult((answer) => answer?.status === 503);
}

function policyOf({ totalMs, attemptMs, retryOn, maxAttempts, initialDelay, maxDelay }) {
  const attempt = timeout(attemptMs, TimeoutStrategy.Aggressive);
  if (maxAttempts === 0) return attempt;
  const backoff = new ExponentialBackoff({ generator: fullJitterGenerator, initialDelay, maxDelay });
  const again = retry(handlerFor(retryOn), { maxAttempts, backoff });
  return wrap(timeout(totalMs, TimeoutStrategy.Aggressive), again, attempt);
}

export const policies = Object.fromEntries(
  Object.entries(settings).map(([key, own]) => [key, policyOf(own)]),
);
`;

/** A module; maxAttempts counts retries. */
export const COCKATIEL: Stack = { name: 'cockatiel', title: 'cockatiel', write, read };

function write(wanted: StackExport): string {
  return moduleText(wanted, {
    head: [...wanted.about, ...CANNOT],
    imports: `import {
  ExponentialBackoff,
  TimeoutStrategy,
  fullJitterGenerator,
  handleWhen,
  isTaskCancelledError,
  retry,
  timeout,
  wrap,
} from 'cockatiel';
`,
    settingsOf: ({ policy }) => ({
      totalMs: wholeMs(policy.totalTimeoutNs),
      attemptMs: wholeMs(policy.attemptTimeoutNs),
      retryOn: policy.retryOn,
      maxAttempts: policy.attempts - 1,
      initialDelay: wholeMs(policy.backoff.baseNs),
      maxDelay: wholeMs(policy.backoff.capNs),
    }),
    linesOf: ({ policy }) => [`connect ${msText(policy.connectTimeoutNs)}: of the client`],
    code: CODE,
  });
}

function read(text: string): readonly StackPolicy[] {
  return entriesAt(readModule(text)).flatMap(([key, settings]) => {
    const own = settings as Readonly<Record<string, unknown>>;
    if (!('initialDelay' in own)) return [];
    const attempts = 1 + Number(own['maxAttempts']);
    const times = [own['totalMs'], own['attemptMs'], own['initialDelay']].map(readNs);
    const [totalTimeoutNs = 0, attemptTimeoutNs = 0, firstWaitNs = 0] = times;
    const policy: StackPolicy = {
      key,
      attempts,
      retryOn: own['retryOn'] as RetryOn,
      totalTimeoutNs,
      attemptTimeoutNs,
      ...(attempts > 1 && { firstWaitNs }),
    };
    return [policy];
  });
}
