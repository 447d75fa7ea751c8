import type { BucketCounts } from '../log-buckets.ts';

/** How many values lie in a bucket or below it, of values that come in parts. */
export class Ranks {
  #total = 0;
  /** The lowest bucket with a value in it. */
  #lowest = Infinity;
  /** By bucket; beyond its end is the total. */
  #atMost = new Float64Array(0);

  get total(): number {
    return this.#total;
  }

  /** The buckets that values lie in: the first, and the one past the last; 0, 0 for none. */
  get range(): readonly [number, number] {
    return this.#total === 0 ? [0, 0] : [this.#lowest, this.#atMost.length];
  }

  add(counts: BucketCounts): void {
    let [first, last] = [Infinity, -1];
    for (const index of counts.keys()) {
      if (index < first) first = index;
      if (index > last) last = index;
    }
    if (last < 0) return;
    if (last >= this.#atMost.length) {
      const longer = new Float64Array(last + 1).fill(this.#total, this.#atMost.length);
      longer.set(this.#atMost);
      this.#atMost = longer;
    }
    const own = new Float64Array(this.#atMost.length - first);
    for (const [index, count] of counts) own[index - first] = count;
    let below = 0;
    for (let i = 0; i < own.length; i++) {
      below += own[i] ?? 0;
      this.#atMost[first + i] = (this.#atMost[first + i] ?? 0) + below;
    }
    this.#total += below;
    this.#lowest = Math.min(this.#lowest, first);
  }

  /**
   * Returns how many values lie at most at a place, which is a bucket's index, or in between: there
   * a part of the upper one's, as if the values of a bucket were moved apart to both sides of it.
   */
  atMost(place: number): number {
    const bucket = Math.floor(place);
    const low = this.#at(bucket);
    return bucket === place ? low : low + (place - bucket) * (this.#at(bucket + 1) - low);
  }

  /**
   * Returns the place that a ratio of the values lies below, 0 < ratio < 1, a bucket reaching half
   * a bucket to both sides of its index; NaN for none.
   */
  placeOf(ratio: number): number {
    if (this.#total === 0) return NaN;
    const rank = ratio * this.#total;
    let [low, high] = [this.#lowest, this.#atMost.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle) >= rank) high = middle;
      else low = middle + 1;
    }
    const below = this.#at(low - 1);
    const own = this.#at(low) - below;
    return own === 0 ? low : low - 0.5 + (rank - below) / own;
  }

  #at(bucket: number): number {
    if (bucket < 0) return 0;
    return bucket < this.#atMost.length ? (this.#atMost[bucket] ?? 0) : this.#total;
  }
}
