import { invariant, type Ratio } from '../core/index.ts';
import { lowerTailCount, upperTailCount } from './binomial.ts';

/**
 * Ranks of order statistics that bound a quantile whatever the distribution. The number E of n
 * independent values that lie past the true quantile is Binomial(n, t), t = 1 - q being the tail's
 * ratio; so a value counted *from the top* bounds the quantile with a known probability.
 *
 *   smallest ......... lower = v(18) ........ q ........ upper = v(4) ...... v(1) = largest
 *                      P(E >= 18) <= 2.5%                P(E <= 3) <= 2.5%
 *
 * Nothing is assumed of the distribution; that the values are independent, and alike, is. Queueing
 * makes neighbours alike: the design effect d >= 1 says how many correlated values carry as much as
 * one independent one. Ranks are then those of n / d values, stretched by d, to the safe side.
 * @see Hahn, Meeker, "Statistical Intervals", 1991, section 5.2; Le Boudec, "Performance Evaluation
 * of Computer and Communication Systems", 2010, section 2.2
 */
export interface RankInterval {
  /** Rank of the lower bound, counted from the largest value, which is 1. */
  readonly lowerFromTop: number;
  /** Rank of the upper bound, counted from the largest value. */
  readonly upperFromTop: number;
}

/** What the ranks are asked for. */
export interface QuantileQuestion {
  readonly n: number;
  /** 0 < percent < 100. */
  readonly percent: number;
  /** >= 1; 1 for independent values. */
  readonly designEffect: number;
}

/** At how many samples each end of an interval is looked for the worst of them; absent: at one. */
export interface Looks {
  readonly lower?: number;
  readonly upper?: number;
}

const TWO_SIDED_ALPHA = 0.025;
const ONE_SIDED_ALPHA = 0.05;

/**
 * Returns the ranks that hold the quantile between them with 95% probability or a little more, each
 * side missing it at most 2.5% of the time; undefined where n is too small for both. An end at
 * which many samples are looked for their worst misses so much less often that it misses at most
 * 2.5% of the time in any of them (Bonferroni).
 */
export function twoSidedRanks(
  question: QuantileQuestion,
  { lower = 1, upper = 1 }: Looks = {},
): RankInterval | undefined {
  const upperFromTop = upperRankFromTop(question, TWO_SIDED_ALPHA / upper);
  const lowerFromTop = lowerRankFromTop(question, TWO_SIDED_ALPHA / lower);
  if (upperFromTop === undefined || lowerFromTop === undefined) return undefined;
  return { lowerFromTop, upperFromTop };
}

/**
 * Returns the rank from the top of the value that the quantile does not pass with 95% probability;
 * undefined where n is too small for any.
 */
export function upperBoundRank(question: QuantileQuestion): number | undefined {
  return upperRankFromTop(question, ONE_SIDED_ALPHA);
}

/**
 * Returns the rank from the top of the value that the quantile does not fall below with 95%
 * probability; undefined where n is too small for any.
 */
export function lowerBoundRank(question: QuantileQuestion, looks = 1): number | undefined {
  return lowerRankFromTop(question, ONE_SIDED_ALPHA / looks);
}

/** Returns the smallest n for which {@link twoSidedRanks} exist. */
export function neededForInterval(
  percent: number,
  designEffect: number,
  { lower = 1, upper = 1 }: Looks = {},
): number {
  const tail = tailRatioOf(percent);
  const needed = Math.max(
    neededBeyond(1 - tail, TWO_SIDED_ALPHA / upper),
    neededBeyond(tail, TWO_SIDED_ALPHA / lower),
  );
  return Math.ceil(needed * designEffect);
}

/** Returns the smallest n for which an {@link upperBoundRank} exists. */
export function neededForUpperBound(percent: number, designEffect: number): number {
  return Math.ceil(neededBeyond(1 - tailRatioOf(percent), ONE_SIDED_ALPHA) * designEffect);
}

/** Returns 1 - percent / 100 without the digits that 100 - 99.9 loses. */
export function tailRatioOf(percent: number): Ratio {
  invariant(percent > 0 && percent < 100, `percentile ${percent} is not between 0 and 100`);
  return Math.round((100 - percent) * 1e9) / 1e11;
}

/** Returns the rank from the top of the sample's own quantile, the value of rank ceil(n q). */
export function sampleRankFromTop(n: number, percent: number): number {
  return Math.min(n, Math.floor(n * tailRatioOf(percent) + 1e-7) + 1);
}

/** The smallest n with inside^n <= alpha: all n values on one side of the quantile. */
function neededBeyond(inside: Ratio, alpha: Ratio): number {
  return Math.ceil(Math.log(alpha) / Math.log(inside));
}

/** P(E <= rank - 1) <= alpha. */
function upperRankFromTop(question: QuantileQuestion, alpha: Ratio): number | undefined {
  const { percent, designEffect } = question;
  const n = independentCount(question);
  const below = lowerTailCount(n, tailRatioOf(percent), alpha);
  return below < 0 ? undefined : Math.floor(below * designEffect) + 1;
}

/** P(E >= rank) <= alpha. */
function lowerRankFromTop(question: QuantileQuestion, alpha: Ratio): number | undefined {
  const { percent, designEffect } = question;
  const n = independentCount(question);
  const rank = upperTailCount(n, tailRatioOf(percent), alpha);
  return rank > n ? undefined : Math.ceil(rank * designEffect);
}

function independentCount({ n, designEffect }: QuantileQuestion): number {
  invariant(designEffect >= 1, `design effect ${designEffect} is below 1`);
  return Math.floor(n / designEffect);
}
