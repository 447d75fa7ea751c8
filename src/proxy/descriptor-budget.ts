import { processLimits } from '../core/index.ts';

/**
 * The descriptors that proxies may hold: half of what the process may open. The other half is for
 * whoever else is in it: the admin API, the engine of a run, files. So the proxies turn clients
 * away themselves, and count them, before the system refuses everybody.
 */
export class DescriptorBudget {
  readonly #max: number;
  #taken = 0;

  /** `limit` is what the process may open at once; Infinity where nobody knows. */
  constructor(limit: number = processLimits().openFiles) {
    this.#max = Math.floor(limit / 2);
  }

  /** Takes so many, all or none; returns whether there were as many left. */
  take(count: number): boolean {
    if (this.#taken + count > this.#max) return false;
    this.#taken += count;
    return true;
  }

  /** Gives back what was taken. */
  release(count: number): void {
    this.#taken -= count;
  }
}
