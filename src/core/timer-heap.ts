import type { Ns } from './units.ts';

/** A timer that waits. */
export interface WaitingTimer {
  readonly atNs: Ns;
  /** Of two timers for one moment the one with the lower number is due first. */
  readonly order: number;
  readonly fire: () => void;
  isCancelled: boolean;
}

/** Timers, the one that is due first first: a binary heap. */
export class TimerHeap {
  readonly #heap: WaitingTimer[] = [];

  get first(): WaitingTimer | undefined {
    return this.#heap[0];
  }

  push(timer: WaitingTimer): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || isBefore(parent, timer)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const child = this.#earlier(left, left + 1);
      if (child === undefined || isBefore(last, child)) break;
      heap[index] = child;
      index = child === heap[left] ? left : left + 1;
    }
    heap[index] = last;
  }

  #earlier(left: number, right: number): WaitingTimer | undefined {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    return a !== undefined && b !== undefined && isBefore(b, a) ? b : a;
  }
}

function isBefore(a: WaitingTimer, b: WaitingTimer): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order);
}
