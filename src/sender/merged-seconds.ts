import { invariant } from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';

/**
 * Joins the seconds of several workers: hands out a second once every worker has given it, or has
 * ended. What one series gathered in two workers stays in two parts, which add up wherever slices
 * go.
 */
export class MergedSeconds {
  readonly #onSlice: (slice: RecordSlice) => void;
  /** Of each worker what was not handed out, in order: all begin with the same second. */
  readonly #pending: RecordSlice[][];
  readonly #hasEnded: boolean[];

  constructor(workers: number, onSlice: (slice: RecordSlice) => void) {
    this.#onSlice = onSlice;
    this.#pending = Array.from({ length: workers }, () => []);
    this.#hasEnded = Array.from({ length: workers }, () => false);
  }

  /** Takes the next second of a worker: every one from 0 on, none left out. */
  add(worker: number, slice: RecordSlice): void {
    this.#pending[worker]?.push(slice);
    this.#handOut();
  }

  /** Takes up that a worker has given all its seconds. */
  end(worker: number): void {
    this.#hasEnded[worker] = true;
    this.#handOut();
  }

  #handOut(): void {
    while (this.#pending.every((slices, i) => slices.length > 0 || this.#hasEnded[i])) {
      const parts = this.#pending.flatMap((slices) => slices.shift() ?? []);
      const [first] = parts;
      if (first === undefined) return;
      invariant(
        parts.every((part) => part.second === first.second),
        'workers give their seconds in order',
      );
      this.#onSlice({
        second: first.second,
        histograms: parts.flatMap((part) => part.histograms),
        counters: parts.flatMap((part) => part.counters),
        errors: parts.flatMap((part) => part.errors),
        connectErrors: parts.flatMap((part) => part.connectErrors),
        kept: parts.flatMap((part) => part.kept),
        held: parts.flatMap((part) => part.held),
      });
    }
  }
}
