import { readFileSync } from 'node:fs';

/**
 * The descriptors that proxies may hold: half of what the process may open. The other half is for
 * whoever else is in it: the admin API, the engine of a run, files. So the proxies turn clients away
 * themselves, and count them, before the system refuses everybody.
 */
export class DescriptorBudget {
  readonly #max: number;
  #taken = 0;

  /** `limit` is what the process may open at once; Infinity where nobody knows. */
  constructor(limit: number = descriptorLimit()) {
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

/** Returns how many descriptors this process may have open; Infinity where the platform does not say. */
export function descriptorLimit(readLimits: () => string = readOwnLimits): number {
  try {
    const soft = /^Max open files\s+(\d+)/mu.exec(readLimits())?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}

function readOwnLimits(): string {
  return readFileSync('/proc/self/limits', 'utf8');
}
