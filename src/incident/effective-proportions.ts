import type { Proportion } from './proportions.ts';

/** Hits among spans, with weights: Σ w, and Σ w², of all that are counted and of the hits. */
export interface WeightedHits {
  readonly sum: number;
  readonly count: number;
  readonly weightedSum: number;
  readonly weightedCount: number;
}

/**
 * Returns two proportions as if each were of fewer spans that stand for themselves alone, and tell
 * as much. With p hits of n, and d = Σ w² / Σ w of the hits and of the others, p varies as
 *
 *   p² (1 - p)² (d_hits / n p + d_others / n (1 - p)),   which is that of n / d tries for
 *   d = (1 - p) d_hits + p d_others
 *
 * Errors are all kept, and stand for themselves: few errors among many spans of a sample tell
 * nearly as much as among all. Where one of both has no hit, its hits would have had the other's
 * weights.
 */
export function effectiveProportions(
  window: WeightedHits,
  baseline: WeightedHits,
): readonly [window: Proportion, baseline: Proportion] {
  const hits = window.sum + baseline.sum;
  const dHits = hits > 0 ? (window.weightedSum + baseline.weightedSum) / hits : 1;
  const of = ({ sum, count, weightedSum, weightedCount }: WeightedHits): Proportion => {
    const others = count - sum;
    const dOthers = others > 0 ? (weightedCount - weightedSum) / others : dHits;
    const p = sum / count;
    const d = (1 - p) * dHits + p * dOthers;
    return { hits: sum / d, n: count / d };
  };
  return [of(window), of(baseline)];
}

/** Returns a proportion in whole numbers, the nearest. */
export function wholeOf({ hits, n }: Proportion): Proportion {
  const whole = Math.round(hits);
  return { hits: whole, n: Math.max(whole, Math.round(n)) };
}
