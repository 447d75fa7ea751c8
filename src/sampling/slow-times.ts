import type { Ns, Ratio } from '../core/index.ts';

/** Operations whose times are watched, the first that come: 6 KB each. */
const OPERATIONS_MAX = 1_000;
const BUCKETS_PER_OCTAVE = 32;
/** Up to some 2.4 hours. */
const OCTAVES = 43;
/** Beyond a percentile there are so many at least, or it is not told. */
const BEYOND_MIN = 2;
/**
 * Of times that are all alike, the bucket of the percentile has most: above it counts as slow, not
 * in it, where it has more than so many times the part that was asked for.
 */
const CROWDED = 3;

/** From when on an operation is slow. */
export interface SlowLimit {
  /** Words of the hash of service and operation. */
  readonly high: number;
  readonly low: number;
  readonly limitNs: Ns;
}

interface Watched extends Omit<SlowLimit, 'limitNs'> {
  limitNs: Ns | undefined;
  count: number;
  readonly buckets: Uint32Array;
}

/**
 * Knows how long operations took of late, and from which time on one is among the slowest. A limit
 * is of the times before it, and stays until the next {@link renew}: what is asked in between has
 * one answer.
 */
export class SlowTimes {
  readonly #percentile: Ratio;
  readonly #countMin: number;
  readonly #operations = new Map<number, Watched>();

  constructor(percentile: Ratio) {
    this.#percentile = percentile;
    this.#countMin = Math.ceil(BEYOND_MIN / (1 - percentile));
  }

  /** Takes one time of an operation. */
  add(high: number, low: number, durationNs: Ns): void {
    const watched = this.#watch(high, low);
    if (watched === undefined || durationNs < 1) return;
    const bucket = Math.floor(Math.log2(durationNs) * BUCKETS_PER_OCTAVE);
    const place = Math.min(watched.buckets.length - 1, bucket);
    watched.buckets[place] = (watched.buckets[place] ?? 0) + 1;
    watched.count++;
  }

  /** Returns from when on the operation is slow; undefined while too few of its times are known. */
  limitNs(high: number, low: number): Ns | undefined {
    return this.#operations.get(keyOf(high, low))?.limitNs;
  }

  /** Sets a limit that was known before. */
  restore({ high, low, limitNs }: SlowLimit): void {
    const watched = this.#watch(high, low);
    if (watched) watched.limitNs = limitNs;
  }

  /**
   * Takes the times that came for new limits: of operations without one, where they are enough, or
   * of all. An operation of which too few came keeps its limit, and its times.
   * @returns the limits that are new
   */
  renew(which: 'missing' | 'all'): readonly SlowLimit[] {
    const renewed: SlowLimit[] = [];
    for (const watched of this.#operations.values()) {
      if (which === 'missing' && watched.limitNs !== undefined) continue;
      if (watched.count < this.#countMin) continue;
      // As it is kept in a file, of 32 bits.
      const limitNs = Math.fround(this.#limitOf(watched));
      watched.limitNs = limitNs;
      watched.buckets.fill(0);
      watched.count = 0;
      renewed.push({ high: watched.high, low: watched.low, limitNs });
    }
    return renewed;
  }

  #limitOf({ buckets, count }: Watched): Ns {
    const wanted = count * (1 - this.#percentile);
    let [beyond, bucket] = [0, buckets.length];
    while (bucket > 0 && beyond < wanted) beyond += buckets[--bucket] ?? 0;
    if (beyond > CROWDED * wanted) bucket++;
    return 2 ** (bucket / BUCKETS_PER_OCTAVE);
  }

  #watch(high: number, low: number): Watched | undefined {
    const key = keyOf(high, low);
    const known = this.#operations.get(key);
    if (known !== undefined || this.#operations.size >= OPERATIONS_MAX) return known;
    const buckets = new Uint32Array(OCTAVES * BUCKETS_PER_OCTAVE);
    const watched = { high, low, limitNs: undefined, count: 0, buckets };
    this.#operations.set(key, watched);
    return watched;
  }
}

/** Two operations share one in 10^9 at the most. */
function keyOf(high: number, low: number): number {
  return high * 2 ** 20 + (low >>> 12);
}
