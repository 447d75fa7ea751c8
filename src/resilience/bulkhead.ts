import { invariant } from '../core/index.ts';
import type { BulkheadSpec } from './policy.ts';

/** Bounds how many calls are made at once, and how many wait for that. Knows no time. */
export class Bulkhead {
  readonly #spec: BulkheadSpec;
  #inside = 0;
  #waiting = 0;

  constructor(spec: BulkheadSpec) {
    this.#spec = spec;
  }

  /** Calls that are made now, 0 to `calls`. */
  get inside(): number {
    return this.#inside;
  }

  /** Calls that wait now, 0 to `waiting`. */
  get waiting(): number {
    return this.#waiting;
  }

  /** A call comes. Where it is to wait, the caller keeps it until a {@link leave} says true. */
  enter(): 'in' | 'wait' | 'refused' {
    if (this.#inside < this.#spec.calls) {
      this.#inside++;
      return 'in';
    }
    if (this.#waiting >= this.#spec.waiting) return 'refused';
    this.#waiting++;
    return 'wait';
  }

  /** A call that was in is over. Returns whether one that waits is in now, in its place. */
  leave(): boolean {
    invariant(this.#inside > 0, 'what leaves a bulkhead was in');
    if (this.#waiting === 0) {
      this.#inside--;
      return false;
    }
    this.#waiting--;
    return true;
  }

  /** A call that waits does so no more: its time is up, or it was cancelled. */
  giveUp(): void {
    invariant(this.#waiting > 0, 'what gives up had to wait');
    this.#waiting--;
  }
}
