/** Things to draw from, each as often as it was counted. */
export class Weighted<T> {
  /** How many were counted. */
  readonly total: number;
  readonly #items: readonly T[];
  /** Of each item, how many are of it or of those before it. */
  readonly #upTo: readonly number[];

  constructor(items: Iterable<readonly [item: T, count: number]>) {
    const counted = [...items].filter(([, count]) => count > 0);
    let total = 0;
    this.#items = counted.map(([item]) => item);
    this.#upTo = counted.map(([, count]) => (total += count));
    this.total = total;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /**
   * Returns the item of a number x, 0 <= x < 1, among those from an index on; undefined for none.
   */
  draw(x: number, from = 0): T | undefined {
    if (from >= this.#items.length) return undefined;
    const before = this.#upTo[from - 1] ?? 0;
    const wanted = before + x * (this.total - before);
    const index = firstPast(this.#upTo.length, (i) => (this.#upTo[i] ?? 0) > wanted);
    return this.#items[Math.min(index, this.#items.length - 1)];
  }
}

/** Returns the first index at which what holds from some index on holds; `length` for none. */
export function firstPast(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
