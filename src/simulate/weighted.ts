/** Things to draw from, each as often as it was counted. */
export class Weighted<T> {
  readonly #items: readonly (readonly [item: T, count: number])[];
  readonly #total: number;

  constructor(items: Iterable<readonly [item: T, count: number]>) {
    this.#items = [...items].filter(([, count]) => count > 0);
    this.#total = this.#items.reduce((sum, [, count]) => sum + count, 0);
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Returns the item of a number x, 0 <= x < 1; undefined where there is none. */
  draw(x: number): T | undefined {
    let left = x * this.#total;
    for (const [item, count] of this.#items) {
      left -= count;
      if (left < 0) return item;
    }
    return this.#items.at(-1)?.[0];
  }
}
