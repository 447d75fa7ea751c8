import {
  type HistogramSlice,
  type Ns,
  type Ratio,
  countOf,
  TIMED_OUTCOMES,
} from '../core/index.ts';
import { sampleRankFromTop } from './quantile-ranks.ts';
import { countAbove, mergeHistograms, valueAtRank } from './sparse-histogram.ts';

/** Fewer seconds than this beyond the number of strata tell nothing of how they vary. */
const FREE_SECONDS_MIN = 8;
/** Fewer calls past the quantile than this do not show whether they came together. */
const EXCEEDANCES_MIN = 20;

/**
 * Returns, as a function of the percentile, the design effect d >= 1: how many of the calls carry as
 * much as one independent call, so that n calls are worth n_eff = n / d. 1 where there are too few
 * seconds to tell.
 *
 * Calls that queue behind each other are slow together: a second has many calls past the quantile, or
 * none. Were they independent, the number E(s) of calls past it among the N(s) calls of a second
 * would vary as a binomial does; d is how much more it varies.
 *
 *   r(s) = E(s) - p N(s)                            p = sum E / sum N, of the second's stratum
 *   d    = S / (S - H) * sum over s of [ r(s)^2 + r(s) r(s+1) ] / sum over s of N(s) p (1 - p)
 *
 * S: seconds; H: strata. The products of neighbours carry what reaches over the end of a second
 * (weighted half, as by Newey and West with one lag). Strata are stretches that differ by plan - a
 * phase, a fault window - since a planned difference is no chance: it would else look like the
 * strongest correlation of all. Correlation over many seconds is seen in part only: d is then too
 * small, yet nearer the truth than 1. A handful of calls past a quantile shows no pattern: beyond the
 * quantile with 20 calls past it, d is taken to stay what it is there.
 * @param slices one clock of one step, per second
 * @param stratumOf the stretch of the run to which a second belongs
 * @see Kish, "Survey Sampling", 1965, chapter 5; Newey, West, Econometrica 55 (1987)
 */
export function designEffects(
  slices: readonly HistogramSlice[],
  stratumOf: (second: number) => string,
): (percent: number) => number {
  const answered = slices.filter((s) => TIMED_OUTCOMES.has(s.outcome));
  const all = mergeHistograms(answered);
  const n = countOf(all);
  const seconds = [...Map.groupBy(answered, (s) => s.second)]
    .sort(([a], [b]) => a - b)
    .map(([second, parts]): SecondOfCalls => ({ second, stratum: stratumOf(second), parts }));
  return (percent) => {
    if (n === 0) return 1;
    const rank = Math.max(sampleRankFromTop(n, percent), Math.min(n, EXCEEDANCES_MIN + 1));
    const thresholdNs = valueAtRank(all, n - rank + 1);
    return varianceRatio(seconds.map((second) => exceedances(second, thresholdNs)));
  };
}

function varianceRatio(seconds: readonly Exceedances[]): number {
  const ratios = ratioPerStratum(seconds);
  const free = seconds.length - ratios.size;
  if (free < FREE_SECONDS_MIN) return 1;
  let varied = 0;
  let expected = 0;
  let previous: Residual | undefined;
  for (const { second, stratum, past, calls } of seconds) {
    const ratio = ratios.get(stratum) ?? 0;
    const residual = { second, stratum, value: past - ratio * calls };
    varied += residual.value ** 2;
    if (previous?.stratum === stratum && previous.second === second - 1) {
      varied += residual.value * previous.value;
    }
    expected += calls * ratio * (1 - ratio);
    previous = residual;
  }
  return expected === 0 ? 1 : Math.max(1, ((seconds.length / free) * varied) / expected);
}

interface Residual {
  readonly second: number;
  readonly stratum: string;
  readonly value: number;
}

interface SecondOfCalls {
  readonly second: number;
  readonly stratum: string;
  readonly parts: readonly HistogramSlice[];
}

interface Exceedances {
  readonly second: number;
  readonly stratum: string;
  readonly calls: number;
  /** How many of the calls lie past the quantile. */
  readonly past: number;
}

function exceedances({ second, stratum, parts }: SecondOfCalls, thresholdNs: Ns): Exceedances {
  const calls = parts.reduce((sum, p) => sum + countOf(p), 0);
  const past = parts.reduce((sum, p) => sum + countAbove(p, thresholdNs), 0);
  return { second, stratum, calls, past };
}

function ratioPerStratum(seconds: readonly Exceedances[]): ReadonlyMap<string, Ratio> {
  const strata = Map.groupBy(seconds, (s) => s.stratum);
  return new Map(
    [...strata].map(([stratum, own]) => {
      const calls = own.reduce((sum, s) => sum + s.calls, 0);
      return [stratum, own.reduce((sum, s) => sum + s.past, 0) / calls];
    }),
  );
}
