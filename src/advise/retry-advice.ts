import { proportionBounds, type EdgeAnalysis } from '../analyze/index.ts';
import { countOf, NS_PER_MS, NS_PER_SEC, type Ns, type Ratio } from '../core/index.ts';
import type { BackoffSpec, RetryBudgetSpec } from '../resilience/index.ts';
// Not by the room's index, which loads what runs policies.
import { isIdempotent } from '../resilience/retry-decision.ts';
import { longestCallNs, type CallPolicy, type RetryOn } from './call-policy.ts';
import type { FailsAgain, RetryAdvice, RetryReason } from './tuning.ts';

/** What a third attempt is added for. */
const FAILURE_WANTED: Ratio = 1e-4;
/** More attempts load a callee that fails more than they help. */
const ATTEMPTS_MAX = 3;
const BUDGET_MIN: Ratio = 0.05;
const BUDGET_MAX: Ratio = 0.2;
const BUDGET_PER_FAILURE = 3;
/** Without it a caller that makes few calls could never send one again. */
const RETRIES_MIN_PER_SEC = 1;
/** As Finagle's. */
const BUDGET_TTL_NS: Ns = 10 * NS_PER_SEC;
/** A wait ends before what it waits for may have changed. */
const BASE_MIN_NS: Ns = 10 * NS_PER_MS;
const CAP_PER_BASE = 10;

/** What is known when it is decided whether calls are sent again. */
export interface RetryQuestion {
  readonly edge: EdgeAnalysis;
  readonly httpMethod: string;
  /** Whether the user says that the operation may be repeated. */
  readonly isTold: boolean;
  readonly again: FailsAgain;
  readonly overload: string | undefined;
}

/** The timeouts that a policy is made around. */
export interface AttemptTimes {
  readonly connectTimeoutNs: Ns;
  readonly attemptTimeoutNs: Ns;
  /** The share of good attempts that is cut off. */
  readonly cutOffRatio: Ratio;
  readonly p50Ns: Ns;
  readonly deadlineNs: Ns | undefined;
}

/** Returns whether calls of an edge should be sent again, but for what their timeouts say. */
export function adviseRetries(question: RetryQuestion): RetryAdvice {
  const { edge, again, overload } = question;
  return {
    reason: reasonOf(question),
    idempotence: idempotenceOf(question),
    again,
    ...(overload !== undefined && { overload }),
    ...failuresOf(edge, again),
  };
}

/**
 * Returns how many first attempts of an edge fail, or are cut off, where no fault is injected.
 * Where callgauge sent calls again by a policy, attempts are more than calls, and those that follow
 * a failure fail more often: of F failures among n attempts, R of them retries that fail with
 * P(fail2 | fail1),
 *
 *   f = (F - R P(fail2 | fail1)) / (n - R)
 *
 * and its upper bound takes the lower one of P(fail2 | fail1). An attempt that was given up for
 * another has not failed.
 */
export function failuresOf(
  { attempt, failed, retries = 0, cancelled = 0 }: EdgeAnalysis,
  { retried, failedAgain, lower }: Pick<FailsAgain, 'retried' | 'failedAgain' | 'lower'>,
): Pick<RetryAdvice, 'failureRatio' | 'failureUpper'> {
  const failures = Math.max(0, failed + countOf(attempt.sample.censored) - cancelled);
  const all = Math.max(0, attempt.n + failed - retries);
  if (all === 0) return { failureRatio: 0, failureUpper: 1 };
  const first = (againRatio: Ratio): number =>
    Math.min(all, Math.max(0, Math.round(failures - retries * againRatio)));
  return {
    failureRatio: first(retried === 0 ? 0 : failedAgain / retried) / all,
    failureUpper: proportionBounds(first(lower), all).upper,
  };
}

/**
 * Returns how the calls of an edge should be made. Attempts: 1 where retries hurt; 2 where nothing
 * speaks against them; 3 where they are seen to help and 2 leave more than 1 call in 10,000 failing
 * by f P(fail2 | fail1), f being the upper bound of the failures and of the good attempts that are
 * cut off. Fewer where the deadline has no time for them.
 */
export function policyOf(
  advice: RetryAdvice,
  times: AttemptTimes,
): { readonly policy: CallPolicy; readonly reason: RetryReason } {
  const { connectTimeoutNs, attemptTimeoutNs, p50Ns, cutOffRatio, deadlineNs } = times;
  const backoff = backoffFrom(p50Ns);
  const retryOn = retryOnOf(advice.reason);
  const withAttempts = (attempts: number, on: RetryOn) => ({
    connectTimeoutNs,
    attemptTimeoutNs,
    attempts,
    retryOn: on,
    backoff,
  });
  const wanted = attemptsWanted(advice, retryOn, cutOffRatio);
  const limitNs = deadlineNs ?? Infinity;
  const fits = Array.from({ length: wanted }, (_, i) => withAttempts(wanted - i, retryOn)).find(
    (one) => one.attempts > 1 && longestCallNs(one) <= limitNs,
  );
  const chosen = fits ?? withAttempts(1, 'nothing');
  const totalTimeoutNs = Math.min(limitNs, longestCallNs(chosen));
  return {
    policy: {
      ...chosen,
      attemptTimeoutNs: Math.min(attemptTimeoutNs, totalTimeoutNs),
      connectTimeoutNs: Math.min(connectTimeoutNs, totalTimeoutNs),
      totalTimeoutNs,
      budget: budgetOf(advice),
    },
    reason: fits === undefined && wanted > 1 ? 'deadline' : advice.reason,
  };
}

/**
 * Returns how many retries a client may make for its calls: three times the upper bound of what
 * fails when all is well, so that it lasts for that, and at most a fifth, so that no failure of a
 * callee multiplies its load.
 * @see the defaults of Finagle's RetryBudget and Envoy's retry_budget, 20% both
 */
export function budgetOf({ failureUpper }: Pick<RetryAdvice, 'failureUpper'>): RetryBudgetSpec {
  const wanted = Math.ceil(BUDGET_PER_FAILURE * failureUpper * 100) / 100;
  return {
    ratio: Math.min(BUDGET_MAX, Math.max(BUDGET_MIN, wanted)),
    minPerSec: RETRIES_MIN_PER_SEC,
    ttlNs: BUDGET_TTL_NS,
  };
}

/** A median's time: whom an attempt waited for has had the time to go on. */
function backoffFrom(p50Ns: Ns): BackoffSpec {
  const baseMs = Math.ceil(Math.max(p50Ns, BASE_MIN_NS) / NS_PER_MS);
  return { baseNs: baseMs * NS_PER_MS, capNs: CAP_PER_BASE * baseMs * NS_PER_MS, jitter: 'full' };
}

function attemptsWanted(
  { again, failureUpper }: RetryAdvice,
  retryOn: RetryOn,
  cutOffRatio: Ratio,
): number {
  if (retryOn === 'nothing') return 1;
  if (retryOn === 'connect' || again.verdict !== 'helps') return 2;
  return (failureUpper + cutOffRatio) * again.upper > FAILURE_WANTED ? ATTEMPTS_MAX : 2;
}

function retryOnOf(reason: RetryReason): RetryOn {
  switch (reason) {
    case 'helps':
    case 'may-help':
      return 'transient';
    case 'not-idempotent':
      return 'connect';
    case 'fails-again':
    case 'overload':
    case 'deadline':
      return 'nothing';
  }
}

/** What hurts comes before what forbids. */
function reasonOf(question: RetryQuestion): RetryReason {
  const { again, overload } = question;
  if (overload !== undefined) return 'overload';
  if (again.verdict === 'fails-again') return 'fails-again';
  const idempotence = idempotenceOf(question);
  if (idempotence === 'no' || idempotence === 'unknown') return 'not-idempotent';
  return again.verdict === 'helps' ? 'helps' : 'may-help';
}

function idempotenceOf({ httpMethod, isTold }: RetryQuestion): RetryAdvice['idempotence'] {
  if (isTold) return 'told';
  if (httpMethod === '') return 'unknown';
  return isIdempotent(httpMethod) ? 'by-method' : 'no';
}
