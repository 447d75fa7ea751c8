/** Means and squares of any stretch [from, to) of a series in constant time. */
export class PrefixSums {
  readonly #values: Float64Array;
  readonly #centre: number;
  /** Of the values less their mean: sums, sums of squares, sums of products of neighbours. */
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  readonly #products: Float64Array;

  constructor(values: Float64Array) {
    const n = values.length;
    let sum = 0;
    for (const value of values) sum += value;
    const centre = n === 0 ? 0 : sum / n;
    this.#values = values;
    this.#centre = centre;
    this.#sums = new Float64Array(n + 1);
    this.#squares = new Float64Array(n + 1);
    this.#products = new Float64Array(n + 1);
    let before = 0;
    for (let i = 0; i < n; i++) {
      const value = (values[i] ?? 0) - centre;
      this.#sums[i + 1] = (this.#sums[i] ?? 0) + value;
      this.#squares[i + 1] = (this.#squares[i] ?? 0) + value * value;
      this.#products[i + 1] = (this.#products[i] ?? 0) + value * before;
      before = value;
    }
  }

  mean(from: number, to: number): number {
    return this.#centre + this.#sum(from, to) / (to - from);
  }

  /** Returns the sum of the squares around the stretch's own mean, >= 0. */
  squares(from: number, to: number): number {
    const sum = this.#sum(from, to);
    const squares = (this.#squares[to] ?? 0) - (this.#squares[from] ?? 0);
    return Math.max(0, squares - (sum * sum) / (to - from));
  }

  /** Returns the sum of the products of neighbours, both less the stretch's own mean. */
  neighbourProducts(from: number, to: number): number {
    const sum = this.#sum(from, to);
    const mean = sum / (to - from);
    const first = (this.#values[from] ?? 0) - this.#centre;
    const last = (this.#values[to - 1] ?? 0) - this.#centre;
    const products = (this.#products[to] ?? 0) - (this.#products[from + 1] ?? 0);
    return products - mean * (2 * sum - first - last) + (to - from - 1) * mean * mean;
  }

  /**
   * Returns the split of [from, to) with the largest sum of squares between its sides, at least
   * `leastPoints` on either; the first of several, -1 where there is no room.
   */
  bestSplit(from: number, to: number, leastPoints: number): number {
    const n = to - from;
    const start = this.#sums[from] ?? 0;
    const whole = this.#sum(from, to);
    let found = -1;
    let most = -1;
    for (let before = leastPoints; before <= n - leastPoints; before++) {
      const apart = ((this.#sums[from + before] ?? 0) - start) * n - whole * before;
      const between = (apart * apart) / (before * (n - before));
      if (between > most) {
        most = between;
        found = from + before;
      }
    }
    return found;
  }

  /** Returns whether a difference of means of the stretch is no more than rounding. */
  isNothing(difference: number, from: number, to: number): boolean {
    const size = Math.abs(this.#centre) + Math.abs(this.mean(from, to));
    return Math.abs(difference) <= 1e-12 * size;
  }

  #sum(from: number, to: number): number {
    return (this.#sums[to] ?? 0) - (this.#sums[from] ?? 0);
  }
}
