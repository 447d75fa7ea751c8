import type { SparseHistogram } from './series.ts';
import type { Ns } from './units.ts';

export const EMPTY_HISTOGRAM: SparseHistogram = { valueNs: [], count: [] };

/**
 * Returns one histogram with the counts of both, values ascending; empty where both are. It
 * commutes and associates, so parts may come in any order and grouping.
 */
export function mergeSparse(a: SparseHistogram, b: SparseHistogram): SparseHistogram {
  if (b.valueNs.length === 0) return { valueNs: a.valueNs, count: a.count };
  if (a.valueNs.length === 0) return { valueNs: b.valueNs, count: b.count };
  const valueNs: Ns[] = [];
  const count: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.valueNs.length || j < b.valueNs.length) {
    const left = a.valueNs[i] ?? Infinity;
    const right = b.valueNs[j] ?? Infinity;
    valueNs.push(Math.min(left, right));
    count.push(
      (left <= right ? (a.count[i++] ?? 0) : 0) + (right <= left ? (b.count[j++] ?? 0) : 0),
    );
  }
  return { valueNs, count };
}

/** Returns how many values the histogram holds; 0 for an empty one. */
export function countOf(histogram: SparseHistogram): number {
  let total = 0;
  for (const count of histogram.count) total += count;
  return total;
}
