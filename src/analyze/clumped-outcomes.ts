import { ERROR_OUTCOMES, type HistogramSlice, type Outcome } from '../core/index.ts';
import { studentFactor } from './few-seconds.ts';
import { totalsOf } from './histogram-totals.ts';

/** Of how many calls that ended so one tells as much as an independent one does; >= 1. */
export interface OutcomeClumps {
  readonly errors: number;
  readonly timeout: number;
  readonly rejected: number;
  readonly fallback: number;
}

/** What varies no more than so many standard deviations of chance is taken for chance. */
const SPREADS_TOLD = 2;

const HITS: Readonly<Record<keyof OutcomeClumps, (outcome: Outcome) => boolean>> = {
  errors: (outcome) => ERROR_OUTCOMES.has(outcome),
  timeout: (outcome) => outcome === 'timeout',
  rejected: (outcome) => outcome === 'rejected',
  fallback: (outcome) => outcome === 'fallback',
};

/**
 * Returns how calls that ended in one way come together, by the seconds of a run. Calls that fail
 * in bursts are worth as many independent ones as there are bursts: with r(b) the failures of
 * second b beyond the share p of its stratum,
 *
 *   v = B / (B - H) * sum over b of [ r(b)^2 + r(b) r(b+1) ] / sum over b of N(b) p (1 - p)
 *
 * B seconds, H strata, N(b) calls. It is 1 in the mean for independent calls, of which chance makes
 * sd(v) = sqrt((3 + B / m) / B) with m failures: up to 1 + 2 sd(v) it is taken for 1, above it is
 * raised for the few seconds that it was seen in. 1 without failures, and of a single second.
 * @see Kish, "Survey sampling", 1965, section 5.4: the design effect of clusters
 */
export function outcomeClumps(
  slices: readonly HistogramSlice[],
  stratumOf: (second: number) => string,
): OutcomeClumps {
  const ended = slices.filter(
    ({ clock, outcome }) =>
      clock === 'response' && outcome !== 'dropped' && outcome !== 'cancelled',
  );
  const seconds = [...Map.groupBy(ended, ({ second }) => second)]
    .sort(([a], [b]) => a - b)
    .map(([second, own]) => ({ second, stratum: stratumOf(second), own }));
  const of = (isHit: (outcome: Outcome) => boolean): number =>
    clumpsOf(
      seconds.map(({ own, ...rest }): Second => ({
        ...rest,
        n: countIn(own),
        hits: countIn(own.filter(({ outcome }) => isHit(outcome))),
      })),
    );
  return {
    errors: of(HITS.errors),
    timeout: of(HITS.timeout),
    rejected: of(HITS.rejected),
    fallback: of(HITS.fallback),
  };
}

interface Second {
  readonly second: number;
  readonly stratum: string;
  readonly n: number;
  readonly hits: number;
}

function countIn(slices: readonly HistogramSlice[]): number {
  return slices.reduce((sum, slice) => sum + totalsOf(slice).count, 0);
}

function clumpsOf(seconds: readonly Second[]): number {
  const hits = sumOf(seconds, 'hits');
  const strata = [...Map.groupBy(seconds, ({ stratum }) => stratum).values()];
  const freedom = seconds.length - strata.length;
  if (hits === 0 || freedom < 1) return 1;
  let seen = 0;
  let chance = 0;
  for (const own of strata) {
    const p = sumOf(own, 'hits') / sumOf(own, 'n');
    const beyond = own.map((one) => one.hits - p * one.n);
    for (const [i, one] of own.entries()) {
      const r = beyond[i] ?? 0;
      const isNext = own[i + 1]?.second === one.second + 1;
      seen += r * r + (isNext ? r * (beyond[i + 1] ?? 0) : 0);
      chance += one.n * p * (1 - p);
    }
  }
  if (chance === 0) return 1;
  const ratio = ((seconds.length / freedom) * seen) / chance;
  const spread = Math.sqrt((3 + seconds.length / hits) / seconds.length);
  return ratio <= 1 + SPREADS_TOLD * spread ? 1 : ratio * studentFactor(freedom);
}

function sumOf(seconds: readonly Second[], key: 'n' | 'hits'): number {
  return seconds.reduce((sum, one) => sum + one[key], 0);
}
