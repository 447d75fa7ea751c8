import { invariant, type Ns } from '../core/index.ts';

/**
 * Moments that are waited for, the earliest first: a binary heap of fixed capacity, which allocates
 * nothing once it is made. Equal moments are kept apart.
 */
export class DueTimes {
  readonly #heap: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#heap = new Float64Array(capacity);
  }

  /** The earliest moment; Infinity where there is none. */
  get earliestNs(): Ns {
    return this.#size === 0 ? Infinity : this.#at(0);
  }

  push(atNs: Ns): void {
    invariant(this.#size < this.#heap.length, 'no more moments than there is room for');
    let index = this.#size++;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (this.#at(parent) <= atNs) break;
      this.#heap[index] = this.#at(parent);
      index = parent;
    }
    this.#heap[index] = atNs;
  }

  /** Takes the earliest moment out; nothing where there is none. */
  removeEarliest(): void {
    if (this.#size === 0) return;
    const last = this.#at(--this.#size);
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= this.#size) break;
      const right = left + 1;
      const child = right < this.#size && this.#at(right) < this.#at(left) ? right : left;
      if (this.#at(child) >= last) break;
      this.#heap[index] = this.#at(child);
      index = child;
    }
    this.#heap[index] = last;
  }

  clear(): void {
    this.#size = 0;
  }

  #at(index: number): Ns {
    return this.#heap[index] ?? Infinity;
  }
}
