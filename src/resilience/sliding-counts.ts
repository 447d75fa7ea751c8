import type { Ns } from '../core/index.ts';

const SLICES = 10;

/**
 * How often each of some things happened within the last `windowNs`, in ten slices of that time:
 *
 *     | 1 | 2 | ... | 9 | now
 *     └── windowNs * 9/10 ──┘ and what the newest slice has of its tenth
 *
 * A thing is forgotten after 0.9 to 1.0 windows. Time that goes back is the newest slice's.
 */
export class SlidingCounts {
  readonly #sliceNs: Ns;
  readonly #things: number;
  /** By slice, then by thing. */
  readonly #counts: Int32Array;
  readonly #totals: Float64Array;
  /** The newest slice's number since the beginning of time, and where it ends. */
  #number = -Infinity;
  #endNs: Ns = -Infinity;
  /** Where its counts are. */
  #slice = 0;

  constructor(windowNs: Ns, things: number) {
    this.#sliceNs = windowNs / SLICES;
    this.#things = things;
    this.#counts = new Int32Array(SLICES * things);
    this.#totals = new Float64Array(things);
  }

  /** Forgets what is too old at `nowNs`. To be called before the others, where time has passed. */
  passTo(nowNs: Ns): void {
    if (nowNs >= this.#endNs) this.#turn(nowNs);
  }

  /** Counts a thing, `more` times. */
  add(thing: number, more = 1): void {
    const at = this.#slice * this.#things + thing;
    this.#counts[at] = (this.#counts[at] ?? 0) + more;
    this.#totals[thing] = (this.#totals[thing] ?? 0) + more;
  }

  /** Returns how often a thing happened within the window. */
  total(thing: number): number {
    return this.#totals[thing] ?? 0;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#totals.fill(0);
  }

  #turn(nowNs: Ns): void {
    const number = Math.floor(nowNs / this.#sliceNs);
    const passed = number - this.#number;
    for (let i = Math.min(passed, SLICES); i > 0; i--) this.#forgetOldest();
    this.#number = number;
    this.#endNs = (number + 1) * this.#sliceNs;
  }

  #forgetOldest(): void {
    this.#slice = (this.#slice + 1) % SLICES;
    for (let thing = 0; thing < this.#things; thing++) {
      const at = this.#slice * this.#things + thing;
      this.#totals[thing] = (this.#totals[thing] ?? 0) - (this.#counts[at] ?? 0);
      this.#counts[at] = 0;
    }
  }
}
