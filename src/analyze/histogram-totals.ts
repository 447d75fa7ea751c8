import type { Ns, SparseHistogram } from '../core/index.ts';

export interface HistogramTotals {
  readonly count: number;
  /** Of all values. */
  readonly sumNs: Ns;
}

/** By object: the seconds of a run are counted again before each of its fault windows. */
const known = new WeakMap<SparseHistogram, HistogramTotals>();

/** Returns how many values a histogram holds and their sum, of one that does not change. */
export function totalsOf(histogram: SparseHistogram): HistogramTotals {
  const before = known.get(histogram);
  if (before !== undefined) return before;
  const { valueNs, count } = histogram;
  const totals = { count: 0, sumNs: 0 };
  for (let i = 0; i < valueNs.length; i++) {
    const calls = count[i] ?? 0;
    totals.count += calls;
    totals.sumNs += (valueNs[i] ?? 0) * calls;
  }
  known.set(histogram, totals);
  return totals;
}
