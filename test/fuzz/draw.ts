import type { Rng } from '../../src/core/index.ts';

/**
 * Draws from a generator: one of a list, a whole number below a bound, whether something happens.
 */
export class Draw {
  readonly #rng: Rng;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  below(bound: number): number {
    return Math.floor(this.#rng.nextFloat() * bound);
  }

  chance(ratio: number): boolean {
    return this.#rng.nextFloat() < ratio;
  }

  of<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}
