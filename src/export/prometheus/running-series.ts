import type { SparseHistogram } from '../../core/index.ts';

/** The values of one series since its phase began, merged as slice after slice comes in. */
export class RunningSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly #countByValueNs = new Map<number, number>();
  #samples = 0;
  #changed = false;

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }

  /** How many values it holds. */
  get samples(): number {
    return this.#samples;
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
    slice.valueNs.forEach((valueNs, i) => {
      const count = slice.count[i] ?? 0;
      this.#countByValueNs.set(valueNs, (this.#countByValueNs.get(valueNs) ?? 0) + count);
      this.#samples += count;
    });
  }

  /** Returns everything so far as one histogram, values ascending. */
  merged(): SparseHistogram {
    const entries = [...this.#countByValueNs].sort(([a], [b]) => a - b);
    return { valueNs: entries.map(([value]) => value), count: entries.map(([, count]) => count) };
  }
}
