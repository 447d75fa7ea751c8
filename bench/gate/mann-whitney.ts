import type { BucketCounts } from '../../src/compare/index.ts';

/** No time is in a later bucket: an hour. */
const BUCKETS = 6_000;

/** The times of two sides, as they come, for a rank test on single calls. */
export class RankedCalls {
  readonly #a = new Float64Array(BUCKETS);
  readonly #b = new Float64Array(BUCKETS);
  #first = BUCKETS;
  #last = 0;

  add(a: BucketCounts, b: BucketCounts): void {
    for (const [counts, sums] of [
      [a, this.#a],
      [b, this.#b],
    ] as const) {
      for (const [index, count] of counts) {
        sums[index] = (sums[index] ?? 0) + count;
        this.#first = Math.min(this.#first, index);
        this.#last = Math.max(this.#last, index);
      }
    }
  }

  /**
   * Returns how many standard errors B's times are above A's by the test of Mann and Whitney,
   * corrected for ties; 0 where a side has none, or all are alike.
   * @see Lehmann, "Nonparametrics", 1975, section 1.4
   */
  z(): number {
    let [inA, inB, wins, ties] = [0, 0, 0, 0];
    for (let i = this.#first; i <= this.#last; i++) {
      const [ofA, ofB] = [this.#a[i] ?? 0, this.#b[i] ?? 0];
      wins += ofB * (inA + ofA / 2);
      inA += ofA;
      inB += ofB;
      ties += (ofA + ofB) ** 3 - (ofA + ofB);
    }
    const n = inA + inB;
    const variance = ((inA * inB) / 12) * (n + 1 - ties / (n * (n - 1)));
    return variance > 0 ? (wins - (inA * inB) / 2) / Math.sqrt(variance) : 0;
  }
}
