import { Refusal } from './refusal.ts';

/**
 * Counts what one request holds: spans, events, links and attribute values together. The limit on
 * the body's size does not bound memory: an item of a few bytes becomes an object of hundreds.
 */
export class ItemLimit {
  readonly #maxItems: number;
  #items = 0;

  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  /** @throws Refusal 413 past the limit. */
  count(): void {
    if (++this.#items > this.#maxItems) {
      const limit = `more than ${this.#maxItems} spans, events, links and attributes`;
      throw new Refusal('items', `the request holds ${limit}; send smaller batches`);
    }
  }
}
