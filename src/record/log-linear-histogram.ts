import { type Ns, NS_PER_SEC, type Ratio, type SparseHistogram } from '../core/index.ts';

/** The longest time that a histogram tells apart: 1 hour. What is longer counts as this. */
export const HISTOGRAM_MAX_NS: Ns = 3_600 * NS_PER_SEC;

/** Buckets in one octave: 2^10, so that a bucket's midpoint is off by 2^-11 = 0.049% at most. */
const OCTAVE_BITS = 10;
const OCTAVE_SIZE = 1 << OCTAVE_BITS;
/** Indices that the largest value needs: octaves 0 to 32, of which the first two are exact. */
const OCTAVES = 33;

/**
 * Counts of times, 1 ns to 1 h, each known to within 0.05% of itself.
 *
 * Up to 2^11 ns every whole nanosecond has a bucket of its own. Above, each doubling is cut into
 * 2^10 equal buckets, 2^e ns wide:
 *
 *   e = floor(log2 v) - 10        index = e * 2^10 + floor(v / 2^e)
 *
 *   0 ─────── 2^11 ─────── 2^12 ─────────────────── 2^13 ─── ...        index ascends with v
 *    width 1        width 2           width 4
 *
 * Counts lie in pages of one octave, made when first needed, so that a series pays for the octaves
 * in which its values fall. The indices in use are listed as they appear, so that what was
 * gathered can be taken out without a look at the empty buckets. Merging adds counts: it commutes
 * and associates, and loses nothing.
 *
 * @see Gil Tene, HdrHistogram (the layout of buckets)
 */
export class LogLinearHistogram {
  /** How many values are in it. */
  count = 0;
  readonly #pages: (Uint32Array | undefined)[] = Array.from({ length: OCTAVES }, () => undefined);
  #touched = new Uint16Array(64);
  #touchedCount = 0;

  /** Adds one value; below 1 ns it counts as 1 ns, past 1 h as 1 h. Returns whether it was past. */
  record(valueNs: Ns): boolean {
    if (valueNs > HISTOGRAM_MAX_NS) {
      this.#add(bucketIndex(HISTOGRAM_MAX_NS), 1);
      return true;
    }
    this.#add(bucketIndex(valueNs < 1 ? 1 : valueNs), 1);
    return false;
  }

  /** Adds every count of `other`, which stays as it is. */
  merge(other: LogLinearHistogram): void {
    for (let i = 0; i < other.#touchedCount; i++) {
      const index = other.#touched[i] ?? 0;
      this.#add(index, other.#countAt(index));
    }
  }

  /**
   * Returns the value that the share `ratio` of all values does not exceed: the midpoint of the
   * bucket that holds the one of rank ceil(ratio * count), at least the first. 0 where it is empty.
   */
  quantile(ratio: Ratio): Ns {
    const rank = Math.max(1, Math.ceil(ratio * this.count));
    let seen = 0;
    for (let octave = 0; octave < OCTAVES; octave++) {
      const page = this.#pages[octave];
      if (page === undefined) continue;
      for (let slot = 0; slot < OCTAVE_SIZE; slot++) {
        seen += page[slot] ?? 0;
        if (seen >= rank) return bucketMidpointNs((octave << OCTAVE_BITS) + slot);
      }
    }
    return 0;
  }

  /** Returns what is in it, ascending, and empties it. The cost is that of the buckets in use. */
  take(): SparseHistogram {
    const indices = this.#touched.subarray(0, this.#touchedCount).sort();
    const valueNs: Ns[] = [];
    const count: number[] = [];
    for (const index of indices) {
      const page = this.#pages[index >>> OCTAVE_BITS];
      const slot = index & (OCTAVE_SIZE - 1);
      if (page === undefined) continue;
      valueNs.push(bucketMidpointNs(index));
      count.push(page[slot] ?? 0);
      page[slot] = 0;
    }
    this.#touchedCount = 0;
    this.count = 0;
    return { valueNs, count };
  }

  #add(index: number, by: number): void {
    const octave = index >>> OCTAVE_BITS;
    const page = this.#pages[octave] ?? this.#newPage(octave);
    const slot = index & (OCTAVE_SIZE - 1);
    const before = page[slot] ?? 0;
    if (before === 0) this.#touch(index);
    page[slot] = before + by;
    this.count += by;
  }

  #countAt(index: number): number {
    return this.#pages[index >>> OCTAVE_BITS]?.[index & (OCTAVE_SIZE - 1)] ?? 0;
  }

  #newPage(octave: number): Uint32Array {
    const page = new Uint32Array(OCTAVE_SIZE);
    this.#pages[octave] = page;
    return page;
  }

  #touch(index: number): void {
    if (this.#touchedCount === this.#touched.length) {
      const longer = new Uint16Array(this.#touched.length * 2);
      longer.set(this.#touched);
      this.#touched = longer;
    }
    this.#touched[this.#touchedCount++] = index;
  }
}

/** Returns the bucket of a value, 0 to 2^42 ns; it ascends with the value. */
export function bucketIndex(valueNs: Ns): number {
  if (valueNs < 0x8000_0000) {
    const v = valueNs | 0;
    const e = 21 - Math.clz32(v | OCTAVE_SIZE);
    return (e << OCTAVE_BITS) + (v >>> e);
  }
  // Past 31 bits: the octave out of the upper part, which an integer holds again.
  const e = 42 - Math.clz32(Math.floor(valueNs / 2 ** 21));
  return (e << OCTAVE_BITS) + Math.floor(valueNs / 2 ** e);
}

/** Returns the middle of a bucket in whole ns: the value that stands for all values in it. */
export function bucketMidpointNs(index: number): Ns {
  if (index < 2 * OCTAVE_SIZE) return index;
  const e = (index >>> OCTAVE_BITS) - 1;
  const steps = (index & (OCTAVE_SIZE - 1)) + OCTAVE_SIZE;
  return steps * 2 ** e + 2 ** (e - 1);
}
