import { countOf, EMPTY_HISTOGRAM, mergeSparse, type SparseHistogram } from '../../core/index.ts';

/** The values of one series since its phase began, merged as slice after slice comes in. */
export class RunningSeries {
  readonly labels: Readonly<Record<string, string>>;
  #exact = EMPTY_HISTOGRAM;
  #censored = EMPTY_HISTOGRAM;
  #samples = 0;
  #changed = false;

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }

  /** How many values it holds. */
  get samples(): number {
    return this.#samples;
  }

  /** Values that were seen to their end, as one histogram. */
  get exact(): SparseHistogram {
    return this.#exact;
  }

  /** Values that were cut off. */
  get censored(): SparseHistogram {
    return this.#censored;
  }

  /** Returns whether something was added since it was last asked. */
  takeChanged(): boolean {
    const changed = this.#changed;
    this.#changed = false;
    return changed;
  }

  /** Adds a slice. The distinct values stay bounded by the buckets of the run's histograms. */
  add(slice: SparseHistogram, isCensored: boolean): void {
    this.#changed = true;
    if (isCensored) this.#censored = mergeSparse(this.#censored, slice);
    else this.#exact = mergeSparse(this.#exact, slice);
    this.#samples += countOf(slice);
  }
}
