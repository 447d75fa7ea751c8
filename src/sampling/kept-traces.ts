import { IdentitySet } from '../core/index.ts';

/** Most traces of one generation: 4 to 8 MB. */
export const GENERATION_TRACES = 2 ** 18;

/**
 * The traces that were kept for what they are, by 64 bits of a hash, so that spans that come later
 * are kept too: the last 262,144 to 524,288 of them.
 */
export class KeptTraces {
  #current = new IdentitySet();
  #before = new IdentitySet();

  has(high: number, low: number): boolean {
    return this.#current.has(high, low) || this.#before.has(high, low);
  }

  add(high: number, low: number): void {
    if (this.#current.size >= GENERATION_TRACES) {
      this.#before = this.#current;
      this.#current = new IdentitySet();
    }
    this.#current.add(high, low);
  }
}
