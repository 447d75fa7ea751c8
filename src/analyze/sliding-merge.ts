import type { SparseHistogram } from '../core/index.ts';
import { MergedCounts } from './merged-counts.ts';
import { mergeHistograms } from './sparse-histogram.ts';

/**
 * Returns one histogram with the counts of all, as {@link mergeHistograms} does. `of` names what
 * they are of, for a merge that goes on from the last ones of the same name.
 */
export type Merge = (histograms: readonly SparseHistogram[], of: string) => SparseHistogram;

/**
 * Returns a merge for sets that change little from one to the next, as the healthy seconds before
 * one fault window after another do: of each name it keeps the counts, adds what has come, and
 * takes off what has gone. Histograms are told apart as objects, and must not change.
 */
export function slidingMerge(): Merge {
  const byName = new Map<string, SlidingCounts>();
  return (histograms, of) => {
    const known = byName.get(of) ?? new SlidingCounts();
    byName.set(of, known);
    return known.merge(histograms);
  };
}

class SlidingCounts {
  #held: ReadonlySet<SparseHistogram> = new Set();
  #counts = new MergedCounts();

  merge(histograms: readonly SparseHistogram[]): SparseHistogram {
    const wanted = new Set(histograms);
    // One that is there twice counts twice.
    if (wanted.size < histograms.length) return mergeHistograms(histograms);
    const gone = [...this.#held].filter((histogram) => !wanted.has(histogram));
    let come: readonly SparseHistogram[] = histograms.filter(
      (histogram) => !this.#held.has(histogram),
    );
    if (gone.length + come.length > histograms.length) {
      this.#counts = new MergedCounts();
      come = histograms;
    } else {
      for (const histogram of gone) this.#counts.subtract(histogram);
    }
    for (const histogram of come) this.#counts.add(histogram);
    this.#held = wanted;
    return this.#counts.histogram();
  }
}
