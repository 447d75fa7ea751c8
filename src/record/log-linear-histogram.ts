import { type Ns, NS_PER_SEC, type Ratio } from '../core/index.ts';

/** The longest time of a histogram: 1 hour. Longer ones count as this. */
export const HISTOGRAM_MAX_NS: Ns = 3_600 * NS_PER_SEC;

/**
 * Bits of the buckets in one octave. Fine: 2^10, so that a bucket's midpoint is off by 2^-11 =
 * 0.049% at most. Coarse: 2^6, off by 0.8%, in a fifteenth of the memory.
 */
export const FINE_OCTAVE_BITS = 10;
export const COARSE_OCTAVE_BITS = 6;

/** Doublings that an hour in ns needs beyond the exact ones, and one to be safe. */
const DOUBLINGS = 43;

/** Buckets in a page: what lies close together in time lies close together in memory. */
const PAGE_BITS = 5;
const PAGE_SIZE = 1 << PAGE_BITS;

/** Most values that are listed before they are counted. */
const LISTED_MAX = 512;

const NO_PAGES = new Uint16Array(0);
const NO_COUNTS = new Uint32Array(0);

/**
 * Counts of times, 1 ns to 1 h, each known to within 0.05% of itself, or 0.8% for a coarse one.
 *
 * Up to 2^(b + 1) ns every whole nanosecond has a bucket of its own. Above, each doubling is cut
 * into 2^b equal buckets, 2^e ns wide:
 *
 *   e = floor(log2 v) - b        index = e * 2^b + floor(v / 2^e)
 *
 *   0 ─────── 2^11 ─────── 2^12 ─────────────────── 2^13 ─── ...       index ascends with v; b = 10
 *    width 1        width 2           width 4
 *
 * The first few hundred values are only listed, by their index. Most series never hold more in the
 * second for which they gather; for them nothing else is made, and a value costs two bytes.
 *
 *   #listed  [ 5102 4987 5102 6011 ... ]
 *
 * Past that they are counted, in pages of 32 buckets, one behind the other in one slab in the order
 * in which they were first needed: a series pays for the times that occur in it and finds them
 * close together. The indices in use are listed as they appear, so that what was gathered can be
 * taken out without a look at the empty buckets.
 *
 *   #pages   [ 0 0 3 1 0 2 ... ]        by the upper bits of an index; 0 for none
 *   #slab    [ - | page 1 | page 2 | page 3 | ... ]
 *
 * Merging adds counts: it commutes and associates, and loses nothing.
 *
 * @see Gil Tene, HdrHistogram (the layout of buckets)
 */
export class LogLinearHistogram {
  /** How many values are in it. */
  count = 0;
  readonly #octaveBits: number;
  /**
   * While values are listed: each by its index. While they are counted: the indices in use, once.
   */
  #listed = new Uint16Array(8);
  #listedCount = 0;
  #isCounting = false;
  /** Empty until the first value is counted. */
  #pages = NO_PAGES;
  #slab = NO_COUNTS;
  #pageCount = 1;

  constructor(octaveBits = FINE_OCTAVE_BITS) {
    this.#octaveBits = octaveBits;
  }

  get octaveBits(): number {
    return this.#octaveBits;
  }

  /** As how many entries {@link takeEntries} hands it out. */
  get entries(): number {
    return this.#listedCount;
  }

  /**
   * Adds a value, once or so many times; below 1 ns it counts as 1 ns, past 1 h as 1 h. Returns
   * whether it was past.
   */
  record(valueNs: Ns, by = 1): boolean {
    if (by === 0) return false;
    if (valueNs > HISTOGRAM_MAX_NS) {
      this.#add(bucketIndex(HISTOGRAM_MAX_NS, this.#octaveBits), by);
      return true;
    }
    this.#add(bucketIndex(valueNs < 1 ? 1 : valueNs, this.#octaveBits), by);
    return false;
  }

  /** Adds the first `count` of some values, as {@link record} does. Returns how many were past. */
  recordAll(valuesNs: Float64Array, count: number): number {
    let pages = this.#pages;
    let slab = this.#slab;
    const octaveBits = this.#octaveBits;
    let past = 0;
    let counted = 0;
    for (let i = 0; i < count; i++) {
      const valueNs = valuesNs[i] ?? 0;
      const index = bucketIndex(Math.min(Math.max(valueNs, 1), HISTOGRAM_MAX_NS), octaveBits);
      const page = this.#isCounting ? (pages[index >>> PAGE_BITS] ?? 0) : 0;
      const place = (page << PAGE_BITS) + (index & (PAGE_SIZE - 1));
      const before = page === 0 ? 0 : (slab[place] ?? 0);
      if (valueNs > HISTOGRAM_MAX_NS) past++;
      // Where the bucket is in use nothing else has to be looked at.
      if (before > 0) {
        slab[place] = before + 1;
        counted++;
        continue;
      }
      this.#add(index, 1);
      pages = this.#pages;
      slab = this.#slab;
    }
    this.count += counted;
    return past;
  }

  /** Adds every count of `other`, which stays as it is and may be finer, not coarser. */
  merge(other: LogLinearHistogram): void {
    for (let i = 0; i < other.#listedCount; i++) {
      const index = other.#listed[i] ?? 0;
      const ownIndex =
        other.#octaveBits === this.#octaveBits
          ? index
          : bucketIndex(bucketMidpointNs(index, other.#octaveBits), this.#octaveBits);
      this.#add(ownIndex, other.#isCounting ? other.#countAt(index) : 1);
    }
  }

  /**
   * Returns the value that the share `ratio` of all values does not exceed: the midpoint of the
   * bucket that holds the one of rank ceil(ratio * count), at least the first. 0 where it is empty.
   */
  quantile(ratio: Ratio): Ns {
    this.#beginCounting();
    const rank = Math.max(1, Math.ceil(ratio * this.count));
    let seen = 0;
    for (const [page, at] of this.#pages.entries()) {
      if (at === 0) continue;
      for (let slot = 0; slot < PAGE_SIZE; slot++) {
        seen += this.#slab[(at << PAGE_BITS) + slot] ?? 0;
        if (seen >= rank) return bucketMidpointNs((page << PAGE_BITS) + slot, this.#octaveBits);
      }
    }
    return 0;
  }

  /**
   * Moves what is in it into two columns from `at` on: {@link entries} buckets, in no order and
   * perhaps one of them several times, and how many values each stands for.
   */
  takeEntries(buckets: Uint16Array, counts: Uint32Array, at: number): void {
    const listed = this.#listed;
    const size = this.#listedCount;
    const slab = this.#slab;
    for (let i = 0; i < size; i++) buckets[at + i] = listed[i] ?? 0;
    if (!this.#isCounting) counts.fill(1, at, at + size);
    // Once a second is too seldom to be compiled well: nothing is called, nothing iterated over.
    for (let i = 0; i < size && this.#isCounting; i++) {
      const index = listed[i] ?? 0;
      const page = this.#pages[index >>> PAGE_BITS] ?? 0;
      const place = (page << PAGE_BITS) + (index & (PAGE_SIZE - 1));
      counts[at + i] = slab[place] ?? 0;
      slab[place] = 0;
    }
    this.#listedCount = 0;
    this.#isCounting = false;
    this.count = 0;
  }

  #add(index: number, by: number): void {
    this.count += by;
    if (!this.#isCounting) {
      if (by === 1 && this.#listedCount < LISTED_MAX) {
        this.#list(index);
        return;
      }
      this.#beginCounting();
    }
    const page = this.#pages[index >>> PAGE_BITS] ?? 0;
    const at = page === 0 ? this.#newPage(index >>> PAGE_BITS) : page;
    const place = (at << PAGE_BITS) + (index & (PAGE_SIZE - 1));
    const before = this.#slab[place] ?? 0;
    if (before === 0) this.#list(index);
    this.#slab[place] = before + by;
  }

  /** Counts what was listed. */
  #beginCounting(): void {
    if (this.#isCounting) return;
    if (this.#pages === NO_PAGES) {
      const buckets = (DOUBLINGS - this.#octaveBits) << this.#octaveBits;
      this.#pages = new Uint16Array(buckets >>> PAGE_BITS);
      this.#slab = new Uint32Array(4 * PAGE_SIZE);
    }
    const listed = this.#listed.slice(0, this.#listedCount);
    this.#isCounting = true;
    this.#listedCount = 0;
    this.count -= listed.length;
    for (const index of listed) this.#add(index, 1);
  }

  #countAt(index: number): number {
    return this.#slab[this.#placeOf(index)] ?? 0;
  }

  #placeOf(index: number): number {
    return ((this.#pages[index >>> PAGE_BITS] ?? 0) << PAGE_BITS) + (index & (PAGE_SIZE - 1));
  }

  #newPage(page: number): number {
    const at = this.#pageCount++;
    if (at << PAGE_BITS === this.#slab.length) this.#slab = grown(this.#slab, Uint32Array);
    this.#pages[page] = at;
    return at;
  }

  #list(index: number): void {
    if (this.#listedCount === this.#listed.length) {
      this.#listed = grown(this.#listed, Uint16Array);
    }
    this.#listed[this.#listedCount++] = index;
  }
}

/** Returns the bucket of a value, 0 to 2^42 ns; it ascends with the value. */
export function bucketIndex(valueNs: Ns, octaveBits = FINE_OCTAVE_BITS): number {
  if (valueNs < 0x8000_0000) {
    const v = valueNs | 0;
    const e = 31 - octaveBits - Math.clz32(v | (1 << octaveBits));
    return (e << octaveBits) + (v >>> e);
  }
  // Past 31 bits: the octave out of the upper part, which an integer holds again.
  const e = 52 - octaveBits - Math.clz32(Math.floor(valueNs / 2 ** 21));
  return (e << octaveBits) + Math.floor(valueNs / 2 ** e);
}

/** Returns the middle of a bucket in whole ns: the value that represents all in it. */
export function bucketMidpointNs(index: number, octaveBits = FINE_OCTAVE_BITS): Ns {
  const octaveSize = 1 << octaveBits;
  if (index < 2 * octaveSize) return index;
  const e = (index >>> octaveBits) - 1;
  const steps = (index & (octaveSize - 1)) + octaveSize;
  return steps * 2 ** e + 2 ** (e - 1);
}

/** Returns a copy twice as long. */
function grown<T extends Uint16Array | Uint32Array>(array: T, Type: new (length: number) => T): T {
  const longer = new Type(array.length * 2);
  longer.set(array);
  return longer;
}
