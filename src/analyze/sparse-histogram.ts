import { EMPTY_HISTOGRAM, invariant, type Ns, type SparseHistogram } from '../core/index.ts';
import { MergedCounts } from './merged-counts.ts';

/** Returns one histogram with the counts of all; its values ascend. Empty for none. */
export function mergeHistograms(histograms: readonly SparseHistogram[]): SparseHistogram {
  const filled = histograms.filter((h) => h.valueNs.length > 0);
  const [first] = filled;
  if (first === undefined) return EMPTY_HISTOGRAM;
  if (filled.length === 1) return first;
  const merged = new MergedCounts();
  for (const histogram of filled) merged.add(histogram);
  return merged.histogram();
}

/** Returns the value of the `rank`-th smallest, 1 <= rank <= count. */
export function valueAtRank(histogram: SparseHistogram, rank: number): Ns {
  let bucket = 0;
  let seen = histogram.count[0] ?? 0;
  while (seen < rank && bucket < histogram.count.length) seen += histogram.count[++bucket] ?? 0;
  const value = histogram.valueNs[bucket];
  invariant(value !== undefined, `rank ${rank} lies within the ${seen} values of the histogram`);
  return value;
}

/** Returns the mean, exact to the width of a bucket; 0 for an empty histogram. */
export function meanOf(histogram: SparseHistogram): Ns {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < histogram.valueNs.length; i++) {
    const count = histogram.count[i] ?? 0;
    sum += (histogram.valueNs[i] ?? 0) * count;
    total += count;
  }
  return total === 0 ? 0 : Math.round(sum / total);
}

/** Returns how many values are greater than `limitNs`. */
export function countAbove(histogram: SparseHistogram, limitNs: Ns): number {
  let above = 0;
  for (let i = histogram.valueNs.length - 1; i >= 0; i--) {
    if ((histogram.valueNs[i] ?? 0) <= limitNs) break;
    above += histogram.count[i] ?? 0;
  }
  return above;
}
