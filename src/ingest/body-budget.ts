import { Refusal } from './refusal.ts';

/**
 * The bytes of all bodies that are under way at once, counted as they come, after decompression.
 * Many requests within the limit of one could else fill the memory together.
 */
export class BodyBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws Refusal 503 where there is no room now. */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new Refusal('busy', `requests of ${this.#maxBytes} bytes together are under way`);
    }
    this.#bytes += bytes;
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}
