import { countOf, type Ns } from '../core/index.ts';
import type { StepCall } from './step-calls.ts';
import type { CallCounts, WhyTarget } from './why.ts';

/** Of each side of the limit so many strata of about as many stored calls at most. */
const STRATA_MAX = 20;
const STRATUM_CALLS_MIN = 10;

/**
 * Returns how many calls each stored one stands for. Which calls are stored hangs on what became of
 * them: all that failed, those that were slow, a sample of the rest. But how many there were in
 * all, the histograms know. So the stored calls are put into strata s by how they ended and how
 * long they took, and each weighs
 *
 *   w_s = calls of the run in s / stored calls in s
 *
 * Among calls that ended alike and took as long, the rest is chance: the head sample, the bound on
 * kept spans, a trace of which a service's span came. (Post-stratification.) A stratum of the
 * stored calls in which the histograms have none, for want of digits, weighs 1 each.
 * @see Holt, Smith, "Post Stratification", 1979
 */
export function callWeights(
  calls: readonly StepCall[],
  counts: CallCounts | undefined,
  { bad }: Pick<WhyTarget, 'bad'>,
): Float64Array {
  const weights = new Float64Array(calls.length).fill(1);
  if (counts === undefined) return weights;
  const groups = Map.groupBy(calls.keys(), (call) => {
    const { outcome = '' } = calls[call] ?? {};
    return outcome === 'ok' || outcome === 'check' ? TIMED : outcome;
  });
  for (const [outcome, own] of groups) {
    if (outcome === TIMED) continue;
    const inAll = Object.entries(counts.outcomes).find(([name]) => name === outcome)?.[1] ?? 0;
    for (const call of own) weights[call] = inAll === 0 ? 1 : inAll / own.length;
  }
  const limitNs = bad.kind === 'slow' ? bad.limitNs : Infinity;
  weighTimed(calls, groups.get(TIMED) ?? [], { counts, limitNs }, weights);
  return weights;
}

const TIMED = ' ';

function weighTimed(
  calls: readonly StepCall[],
  timed: readonly number[],
  { counts, limitNs }: { readonly counts: CallCounts; readonly limitNs: Ns },
  weights: Float64Array,
): void {
  const tookNs = (call: number): Ns => calls[call]?.tookNs ?? 0;
  const sorted = timed.toSorted((a, b) => tookNs(a) - tookNs(b));
  const isSlow = (call: number): boolean => tookNs(call) > limitNs;
  const sides = [sorted.filter((call) => !isSlow(call)), sorted.filter(isSlow)];
  const strata = sides.flatMap((side) => {
    const count = Math.min(STRATA_MAX, Math.max(1, Math.floor(side.length / STRATUM_CALLS_MIN)));
    return Array.from({ length: count }, (_, i) =>
      side.slice(
        Math.floor((i * side.length) / count),
        Math.floor(((i + 1) * side.length) / count),
      ),
    ).filter((stratum) => stratum.length > 0);
  });
  const { valueNs, count } = counts.timed;
  let at = 0;
  strata.forEach((stratum, i) => {
    const next = strata[i + 1];
    // A stratum ends at the limit, half-way to the next, or nowhere.
    const last = tookNs(stratum.at(-1) ?? 0);
    const first = tookNs(next?.[0] ?? 0);
    const crosses = last <= limitNs && (next === undefined || first > limitNs);
    const toNs = crosses ? limitNs : next === undefined ? Infinity : (last + first) / 2;
    let inAll = 0;
    for (; at < valueNs.length && (valueNs[at] ?? 0) <= toNs; at++) inAll += count[at] ?? 0;
    const weight = inAll === 0 ? 1 : inAll / stratum.length;
    for (const call of stratum) weights[call] = weight;
  });
}

/** Returns how many calls of a run are bad, and how many are not; cancelled ones are neither. */
export function countCalls(
  counts: CallCounts,
  { bad }: Pick<WhyTarget, 'bad'>,
): { readonly bad: number; readonly good: number } {
  const ended = Object.entries(counts.outcomes).reduce(
    (sum, [outcome, n]) => sum + (outcome === 'dropped' ? 0 : n),
    0,
  );
  if (bad.kind === 'failed') {
    const failed = bad.outcomes.reduce((sum, outcome) => sum + (counts.outcomes[outcome] ?? 0), 0);
    return { bad: failed, good: ended - failed };
  }
  const { valueNs, count } = counts.timed;
  const timedOut = counts.outcomes.timeout ?? 0;
  const slow = valueNs.reduce((sum, ns, i) => sum + (ns > bad.limitNs ? (count[i] ?? 0) : 0), 0);
  return { bad: slow + timedOut, good: countOf(counts.timed) - slow };
}
