import { countOf, type Ns } from '../core/index.ts';
import {
  highestAtRank,
  lowestAtRank,
  productLimitQuantile,
  sampleSize,
  survivalOf,
  type CensoredSample,
} from './censored-sample.ts';
import {
  lowerBoundRank,
  neededForInterval,
  neededForUpperBound,
  sampleRankFromTop,
  tailRatioOf,
  twoSidedRanks,
  upperBoundRank,
  type Looks,
} from './quantile-ranks.ts';

/** The percentiles that every summary holds. */
export const REPORTED_PERCENTS = [50, 90, 95, 99, 99.9, 99.99] as const;

/** A quantile with its interval, or the refusal to name one from too small a sample. */
export type QuantileEstimate = KnownQuantile | RefusedQuantile;

export interface KnownQuantile {
  readonly kind: 'known';
  readonly percent: number;
  readonly n: number;
  /** The n calls carry as much as n / designEffect independent ones; 1 where none was sought. */
  readonly designEffect: number;
  readonly valueNs: Ns;
  /** True where the value is only a lower bound: the durations that decide it were cut off. */
  readonly atLeast: boolean;
  /** The two-sided 95% interval. */
  readonly lowerNs: Ns;
  readonly upperNs: Ns;
  /** True where the interval's upper end is only a lower bound of itself, because of censoring. */
  readonly upperAtLeast: boolean;
}

export interface RefusedQuantile {
  readonly kind: 'refused';
  readonly percent: number;
  readonly n: number;
  readonly designEffect: number;
  /** How large n must be for a finite interval, the correlation staying as it is. */
  readonly neededN: number;
  /** What the quantile is not below, with 95% probability; absent where not even that is known. */
  readonly lowerBoundNs?: Ns;
}

/** The upper end of a one-sided 95% interval, or why there is none. */
export type UpperBound =
  /** `worthN`: as many durations that were seen to their end would bound it as well. */
  | { readonly kind: 'known'; readonly valueNs: Ns; readonly worthN: number }
  | { readonly kind: 'sample'; readonly neededN: number }
  | { readonly kind: 'censored' };

/**
 * Returns the `percent` quantile of the sample with a two-sided 95% interval of order statistics,
 * or a refusal where n is too small for the interval to be finite.
 *
 * The interval supposes nothing of the distribution and holds under any censoring: its lower end
 * takes every cut-off duration at its bound, its upper end as endless. It does suppose independent
 * calls. Behind a queue they are not, and a plain interval is then too narrow: pass the design
 * effect of effective-sample-size.ts where it is known.
 * @param looks where the sample is one of many, of which the worst is looked for
 */
export function estimateQuantile(
  sample: CensoredSample,
  percent: number,
  designEffect = 1,
  looks: Looks = {},
): QuantileEstimate {
  const n = sampleSize(sample);
  const question = { n, percent, designEffect };
  const ranks = twoSidedRanks(question, looks);
  if (ranks === undefined) {
    const lowest = lowerBoundRank(question, looks.lower);
    return {
      kind: 'refused',
      percent,
      n,
      designEffect,
      neededN: neededForInterval(percent, designEffect, looks),
      ...(lowest === undefined ? {} : { lowerBoundNs: lowestAtRank(sample, fromTop(n, lowest)) }),
    };
  }
  const value = productLimitQuantile(sample, tailRatioOf(percent));
  const upper = highestAtRank(sample, fromTop(n, ranks.upperFromTop));
  return {
    kind: 'known',
    percent,
    n,
    designEffect,
    valueNs: value ?? lowestAtRank(sample, fromTop(n, sampleRankFromTop(n, percent))),
    atLeast: value === undefined,
    lowerNs: lowestAtRank(sample, fromTop(n, ranks.lowerFromTop)),
    upperNs: upper ?? lowestAtRank(sample, fromTop(n, ranks.upperFromTop)),
    upperAtLeast: upper === undefined,
  };
}

/**
 * Returns the value that the `percent` quantile does not pass with 95% probability. Never falls as
 * `percent` rises, where nothing was cut off.
 *
 * Without cut-off durations it is an order statistic, and supposes nothing of the distribution.
 * With them it is the least value v with
 *
 *   n_eff(v) S(v) <= k,   k: the most with P(Binomial(n_eff(v) / d, 1 - q) <= k / d) <= 5%
 *
 * S: the product-limit estimate of P(L > v); n_eff(v) = (1 - S) / (S G), G being Greenwood's sum:
 * as many uncut durations carry as much at v. It supposes what the product-limit estimate does:
 * being cut off says nothing about how much longer a call would have taken. A timeout that is the
 * same for all calls says nothing; one that waits as long as its caller has left says little.
 * @see Dorey, Korn, "Effective sample sizes for confidence intervals for survival probabilities",
 *   Statistics in Medicine 6 (1987)
 */
export function quantileUpperBound(
  sample: CensoredSample,
  percent: number,
  designEffect = 1,
): UpperBound {
  const n = sampleSize(sample);
  const rank = upperBoundRank({ n, percent, designEffect });
  if (rank === undefined) {
    return { kind: 'sample', neededN: neededForUpperBound(percent, designEffect) };
  }
  if (countOf(sample.censored) === 0) {
    const valueNs = highestAtRank(sample, fromTop(n, rank));
    return valueNs === undefined ? { kind: 'censored' } : { kind: 'known', valueNs, worthN: n };
  }
  const tailRatio = tailRatioOf(percent);
  for (const { valueNs, surviving, worthN } of survivalOf(sample)) {
    if (surviving > tailRatio) continue;
    const own = upperBoundRank({ n: Math.floor(worthN), percent, designEffect });
    // The value of a rank from the top has one less past it.
    if (own !== undefined && worthN * surviving <= own - 1 + ROUNDING) {
      return { kind: 'known', valueNs, worthN: Math.floor(worthN) };
    }
  }
  return { kind: 'censored' };
}

/** Absorbs what multiplying ratios loses, far below the weight of one sample. */
const ROUNDING = 1e-6;

/** The rank from the bottom, 1 to n, of a rank from the top. */
function fromTop(n: number, rank: number): number {
  return Math.min(n, Math.max(1, n - rank + 1));
}
