import { Series } from './series.ts';

/** Adds up the series of one trace after another. */
export class Tally {
  readonly series = new Map<number, Series>();
  /** By series: sum and count within this trace, and whether it has any. */
  readonly #sums: number[] = [];
  readonly #counts: number[] = [];
  readonly #isTouched: boolean[] = [];
  readonly #touched: number[] = [];

  /** Adds to a series of this trace; `countedBy` has its counts, where that is another series. */
  add(number: number, sum: number, count: number, countedBy?: number): Series {
    if (this.#isTouched[number] !== true) {
      this.#isTouched[number] = true;
      this.#touched.push(number);
      this.#sums[number] = 0;
      this.#counts[number] = 0;
    }
    this.#sums[number] = (this.#sums[number] ?? 0) + sum;
    this.#counts[number] = (this.#counts[number] ?? 0) + count;
    const known = this.series.get(number);
    if (known !== undefined) return known;
    const series = new Series(countedBy);
    this.series.set(number, series);
    return series;
  }

  endTrace(trace: number): void {
    for (const number of this.#touched) {
      const series = this.series.get(number);
      const count = this.#counts[series?.countedBy ?? number] ?? 0;
      series?.add(trace, this.#sums[number] ?? 0, count);
      this.#isTouched[number] = false;
    }
    this.#touched.length = 0;
  }
}
