import type { Ns, SparseHistogram } from '../../core/index.ts';

/** The values of one series since its phase began, merged as slice after slice comes in. */
export class RunningSeries {
  readonly labels: Readonly<Record<string, string>>;
  #merged: SparseHistogram = { valueNs: [], count: [] };
  #samples = 0;
  #changed = false;

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }

  /** How many values it holds. */
  get samples(): number {
    return this.#samples;
  }

  /** Everything so far as one histogram, values ascending. */
  get merged(): SparseHistogram {
    return this.#merged;
  }

  /** Returns whether something was added since it was last asked. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** Adds a slice. The distinct values stay bounded by the buckets of the run's histograms. */
  add(slice: SparseHistogram): void {
    this.#changed = true;
    this.#merged = merge(this.#merged, slice);
    for (const count of slice.count) this.#samples += count;
  }
}

/** One pass over both, once a second: cheaper than to sort everything at every scrape. */
function merge(a: SparseHistogram, b: SparseHistogram): SparseHistogram {
  const valueNs: Ns[] = [];
  const count: number[] = [];
  for (let i = 0, j = 0; i < a.valueNs.length || j < b.valueNs.length;) {
    const left = a.valueNs[i] ?? Infinity;
    const right = b.valueNs[j] ?? Infinity;
    valueNs.push(Math.min(left, right));
    count.push((left <= right ? (a.count[i] ?? 0) : 0) + (right <= left ? (b.count[j] ?? 0) : 0));
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return { valueNs, count };
}
