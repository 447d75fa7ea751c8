import { type SparseHistogram, countOf, EMPTY_HISTOGRAM, mergeSparse } from '../core/index.ts';
import { mergeHistograms, valueAtRank } from './sparse-histogram.ts';
import type { Ns } from '../core/index.ts';

/**
 * Durations, some of which are known only from below: an attempt that was cut off after 200 ms
 * would have taken 200 ms *or more*. Left out, they would flatter the tail; taken as they are,
 * too.
 */
export interface CensoredSample {
  /** Durations that were seen to their end. */
  readonly exact: SparseHistogram;
  /** Lower bounds of the durations that were cut off. */
  readonly censored: SparseHistogram;
}

export const EMPTY_SAMPLE: CensoredSample = { exact: EMPTY_HISTOGRAM, censored: EMPTY_HISTOGRAM };

/** Returns how many durations the sample holds, the censored among them. */
export function sampleSize(sample: CensoredSample): number {
  return countOf(sample.exact) + countOf(sample.censored);
}

/** Returns the union of the samples; {@link EMPTY_SAMPLE} for none. */
export function mergeSamples(samples: readonly CensoredSample[]): CensoredSample {
  return {
    exact: mergeHistograms(samples.map((s) => s.exact)),
    censored: mergeHistograms(samples.map((s) => s.censored)),
  };
}

/**
 * Returns the value of the `rank`-th smallest duration if every censored one had ended right at its
 * bound: never above the truth. 1 <= rank <= size.
 */
export function lowestAtRank(sample: CensoredSample, rank: number): Ns {
  return valueAtRank(mergeSparse(sample.exact, sample.censored), rank);
}

/**
 * Returns the value of the `rank`-th smallest duration if every censored one had gone on for ever:
 * never below the truth. Undefined where that rank is one of those, so that nothing bounds it.
 */
export function highestAtRank(sample: CensoredSample, rank: number): Ns | undefined {
  return rank <= countOf(sample.exact) ? valueAtRank(sample.exact, rank) : undefined;
}

/**
 * Returns the `percent` quantile by Kaplan and Meier's product-limit estimate, which hands the
 * weight of a censored duration on to those that lasted longer; undefined where the estimate ends
 * below that percentage, the longest durations having been cut off. Without censoring it is the
 * plain order statistic of rank ceil(n * percent / 100).
 *
 *   S(t) = product over exact values v <= t of (1 - d(v) / atRisk(v))
 *   quantile = min t: S(t) <= 1 - q
 *
 * d(v): how many ended at v; atRisk(v): how many, censored or not, lasted at least to v. It assumes
 * that being cut off says nothing about how much longer the call would have taken.
 * @see Kaplan, Meier, "Nonparametric estimation from incomplete observations", 1958
 */
export function productLimitQuantile(sample: CensoredSample, tailRatio: number): Ns | undefined {
  for (const { valueNs, surviving } of survivalOf(sample)) {
    if (surviving <= tailRatio * (1 + ROUNDING) + ROUNDING * ROUNDING) return valueNs;
  }
  return undefined;
}

/** The product-limit estimate right behind a duration that was seen to its end. */
export interface Survival {
  readonly valueNs: Ns;
  /** S(v): the share that lasts longer. */
  readonly surviving: number;
  /**
   * As many durations, none cut off, would estimate S(v) as well: (1 - S) / (S G), G = sum of
   * d / (atRisk (atRisk - d)) up to v; behind the last one, where S is 0, that of the one before.
   */
  readonly worthN: number;
}

/** Returns the product-limit estimate at each exact duration, ascending. */
export function* survivalOf(sample: CensoredSample): Generator<Survival> {
  const { exact, censored } = sample;
  let atRisk = sampleSize(sample);
  let worthN = atRisk;
  let surviving = 1;
  let greenwood = 0;
  let cut = 0;
  for (let i = 0; i < exact.valueNs.length; i++) {
    const valueNs = exact.valueNs[i] ?? 0;
    while (cut < censored.valueNs.length && (censored.valueNs[cut] ?? 0) < valueNs) {
      atRisk -= censored.count[cut++] ?? 0;
    }
    const ended = exact.count[i] ?? 0;
    surviving *= 1 - ended / atRisk;
    if (ended < atRisk) {
      greenwood += ended / (atRisk * (atRisk - ended));
      worthN = (1 - surviving) / (surviving * greenwood);
    }
    atRisk -= ended;
    yield { valueNs, surviving, worthN };
  }
}

/** Absorbs what multiplying ratios loses, far below the weight of one sample in 10^9. */
const ROUNDING = 1e-10;
