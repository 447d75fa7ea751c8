import { Series } from './series.ts';

/** Adds up the series of one trace after another, each span as often as it stands for. */
export class Tally {
  /** How many spans the one stands for whose samples are added. */
  weight = 1;
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
    const { weight } = this;
    this.#sums[number] = (this.#sums[number] ?? 0) + weight * sum;
    this.#counts[number] = (this.#counts[number] ?? 0) + weight * count;
    const series = this.series.get(number) ?? new Series(countedBy);
    this.series.set(number, series);
    series.weightedSum += weight * weight * sum;
    series.weightedCount += weight * weight * count;
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
