import type { SparseHistogram } from '../core/index.ts';

/** How many values fell into each bucket, by its index; indexes ascend as texts of numbers do. */
export type BucketCounts = ReadonlyMap<number, number>;

/**
 * Returns the values of a histogram in buckets that grow by a ratio: bucket i holds the values from
 * ratio^(i - 1/2) to ratio^(i + 1/2) ns. Values below 1 ns are in the first, i = 0.
 */
export function bucketCounts(
  histograms: readonly SparseHistogram[],
  bucketRatio: number,
): BucketCounts {
  const width = Math.log(bucketRatio);
  const counts = new Map<number, number>();
  for (const { valueNs, count } of histograms) {
    for (const [i, value] of valueNs.entries()) {
      const index = Math.round(Math.log(Math.max(1, value)) / width);
      counts.set(index, (counts.get(index) ?? 0) + (count[i] ?? 0));
    }
  }
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** Returns the sum of several; empty for none. */
export function addBuckets(parts: readonly BucketCounts[]): BucketCounts {
  const sums = new Map<number, number>();
  for (const part of parts) {
    for (const [index, count] of part) sums.set(index, (sums.get(index) ?? 0) + count);
  }
  return new Map([...sums].sort(([a], [b]) => a - b));
}
