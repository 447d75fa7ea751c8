import { invariant } from '../core/index.ts';

/**
 * Numbers, the least first: a binary heap of fixed capacity, which allocates nothing once it is
 * made. Equal numbers are kept apart.
 */
export class MinHeap {
  readonly #heap: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#heap = new Float64Array(capacity);
  }

  /** The least number; Infinity where there is none. */
  get min(): number {
    return this.#size === 0 ? Infinity : this.#at(0);
  }

  push(value: number): void {
    invariant(this.#size < this.#heap.length, 'a heap holds no more than its capacity');
    let index = this.#size++;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (this.#at(parent) <= value) break;
      this.#heap[index] = this.#at(parent);
      index = parent;
    }
    this.#heap[index] = value;
  }

  /** Takes the least number out; nothing where there is none. */
  removeMin(): void {
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

  #at(index: number): number {
    return this.#heap[index] ?? Infinity;
  }
}
