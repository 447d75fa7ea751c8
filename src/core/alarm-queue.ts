import type { Timer } from './clock.ts';
import type { Ns } from './units.ts';

/** Something that is to happen at a time. */
export interface Alarm extends Timer {
  readonly dueNs: Ns;
  readonly fire: () => void;
}

interface Queued extends Alarm {
  readonly order: number;
  isOff: boolean;
}

/** Alarms that were taken back are swept out when there are this many, and more than those left. */
const SWEEP_MIN = 1_024;

/**
 * Alarms by the time at which they are due; those of one time in the order in which they were set.
 * A binary heap: setting one costs O(log n), taking one back O(1) on average.
 */
export class AlarmQueue {
  readonly #emptied: () => void;
  #heap: Queued[] = [];
  #order = 0;
  #off = 0;

  /** `emptied` is called when the last alarm that was set is taken back. */
  constructor(emptied: () => void = () => undefined) {
    this.#emptied = emptied;
  }

  /** How many are set. */
  get size(): number {
    return this.#heap.length - this.#off;
  }

  /** When the first one is due; Infinity where none is set. */
  get firstNs(): Ns {
    this.#dropTakenBack();
    return this.#heap[0]?.dueNs ?? Infinity;
  }

  /** Returns the alarm, which `cancel` takes back. */
  set(dueNs: Ns, fire: () => void): Alarm {
    const alarm: Queued = {
      dueNs,
      fire,
      order: this.#order++,
      isOff: false,
      cancel: () => this.#takeBack(alarm),
    };
    this.#heap.push(alarm);
    this.#rise(this.#heap.length - 1);
    return alarm;
  }

  /** Takes out and returns the first alarm that is due by now; undefined where none is. */
  takeDue(nowNs: Ns): Alarm | undefined {
    this.#dropTakenBack();
    const first = this.#heap[0];
    if (first === undefined || first.dueNs > nowNs) return undefined;
    this.#takeFirst();
    // Taking it back from now on is too late, and must not be counted.
    first.isOff = true;
    return first;
  }

  #takeBack(alarm: Queued): void {
    if (alarm.isOff) return;
    alarm.isOff = true;
    this.#off += 1;
    if (this.size === 0) this.#emptied();
    if (this.#off > SWEEP_MIN && this.#off * 2 > this.#heap.length) this.#sweep();
  }

  #dropTakenBack(): void {
    while (this.#heap[0]?.isOff === true) {
      this.#takeFirst();
      this.#off -= 1;
    }
  }

  /** An array in order is a heap. */
  #sweep(): void {
    this.#heap = this.#heap
      .filter((alarm) => !alarm.isOff)
      .sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#off = 0;
  }

  #takeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const up = (at - 1) >> 1;
      if (!this.#isBefore(at, up)) return;
      [heap[at], heap[up]] = [heap[up] as Queued, heap[at] as Queued];
      at = up;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      const child = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) return;
      [heap[at], heap[child]] = [heap[child] as Queued, heap[at] as Queued];
      at = child;
    }
  }

  /** Of two places; a place past the end is before none. */
  #isBefore(i: number, j: number): boolean {
    const [a, b] = [this.#heap[i], this.#heap[j]];
    return a !== undefined && b !== undefined && isBefore(a, b);
  }
}

function isBefore(a: Queued, b: Queued): boolean {
  return a.dueNs < b.dueNs || (a.dueNs === b.dueNs && a.order < b.order);
}
