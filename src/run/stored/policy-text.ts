import { counted, formatDuration, statusName } from '../../core/index.ts';
import type { StepSpec } from '../../scenario/index.ts';

type Policy = NonNullable<StepSpec['policy']>;

/**
 * Returns what a policy does for people, outermost first: `100/s; 50 at once; 2.00 s in all;
 * 3 attempts on connect, 503, retries at most 20% and 10/s; 300 ms each`.
 */
export function policyText(policy: Policy, statusNames: StepSpec['statusNames']): string {
  const { fallback, rateLimit, bulkhead, totalTimeoutNs, attemptTimeoutNs } = policy;
  const { retry, hedge, breaker } = policy;
  return [
    ...(fallback ? [`fallback ${statusName(fallback.status, statusNames)}`] : []),
    ...(rateLimit ? [rateLimitText(rateLimit)] : []),
    ...(bulkhead ? [bulkheadText(bulkhead)] : []),
    ...(totalTimeoutNs === undefined ? [] : [`${formatDuration(totalTimeoutNs)} in all`]),
    ...(retry ? [retryText(retry, statusNames)] : []),
    ...(hedge ? [hedgeText(hedge)] : []),
    ...(breaker ? [breakerText(breaker)] : []),
    ...(attemptTimeoutNs === undefined ? [] : [`${formatDuration(attemptTimeoutNs)} an attempt`]),
  ].join('; ');
}

function rateLimitText({ ratePerSec, burst, by }: NonNullable<Policy['rateLimit']>): string {
  const perSec = ratePerSec >= 1 ? ratePerSec : ratePerSec * 60;
  const each = by === 'all' ? '' : ` for each ${by}`;
  return `${plain(perSec)}/${ratePerSec >= 1 ? 's' : 'm'}, ${burst} at once${each}`;
}

function bulkheadText({ calls, waiting }: NonNullable<Policy['bulkhead']>): string {
  return `${counted(calls, 'call')} at once${waiting > 0 ? ` and ${waiting} waiting` : ''}`;
}

function retryText(
  { attempts, on, budget }: NonNullable<Policy['retry']>,
  statusNames: StepSpec['statusNames'],
): string {
  const failures = [
    ...(on.connect ? ['connect'] : []),
    ...(on.reset ? ['reset'] : []),
    ...(on.timeout ? ['timeout'] : []),
    ...rangesText(on.statuses, statusNames),
  ].join(', ');
  const bound = budget
    ? `retries at most ${percentText(budget.ratio)} and ${plain(budget.minPerSec)}/s`
    : 'retries without a budget';
  return `${attempts} attempts on ${failures}, ${bound}`;
}

/** `503` and `500 to 599`: neighbours are told of together. */
function rangesText(
  statuses: readonly number[],
  statusNames: StepSpec['statusNames'],
): readonly string[] {
  const ranges: { from: number; to: number }[] = [];
  for (const status of statuses) {
    const last = ranges.at(-1);
    if (last?.to === status - 1) last.to = status;
    else ranges.push({ from: status, to: status });
  }
  const named = (status: number): string => statusName(status, statusNames);
  return ranges.map(({ from, to }) =>
    from === to ? named(from) : `${named(from)} to ${named(to)}`,
  );
}

function hedgeText({ after, extraRatioMax }: NonNullable<Policy['hedge']>): string {
  const when =
    'delayNs' in after ? formatDuration(after.delayNs) : `p${plain(after.quantile * 100)}`;
  return `hedge after ${when}, ${percentText(extraRatioMax)} at most`;
}

function breakerText(breaker: NonNullable<Policy['breaker']>): string {
  const { failureRatio, volume, windowNs, sleepNs, slow } = breaker;
  const orSlow = slow
    ? ` or ${percentText(slow.ratio)} slower than ${formatDuration(slow.fromNs)}`
    : '';
  return `breaker at ${percentText(failureRatio)} failed${orSlow} of ${volume} or more in ${formatDuration(windowNs)}, open for ${formatDuration(sleepNs)}`;
}

function percentText(ratio: number): string {
  return `${plain(ratio * 100)}%`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(4)));
}
