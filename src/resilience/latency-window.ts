import type { Ns, Ratio } from '../core/index.ts';

/** Values are kept in units of 2^10 ns, and steps of 1/32 or less. */
const UNIT_NS = 1_024;
const STEP_BITS = 5;
const STEPS = 1 << STEP_BITS;
const VALUE_MAX = 2 ** 31 - 1;
const BUCKETS = (31 - STEP_BITS + 1) * STEPS;
/** So many must lie beyond a quantile for it to be known. */
const BEYOND_MIN = 10;
/** Fewer tell of no quantile. */
const SAMPLES_MIN = 100;
/** The quantile is looked up again behind so many. */
const RENEW_EVERY = 64;
/** 10 / (1 - 0.95) is a little more than 200, as numbers are. */
const ROUNDING = 1e-6;

/**
 * One quantile of the newest durations, in bounded memory. They are counted in two histograms, each
 * of ten times as many as the quantile needs: the newer one fills, and then replaces the older one.
 *
 *     | older, full | newer, filling ... |
 *     └────── the quantile is of both ───┘
 *
 * The quantile is the upper edge of its bucket, at most 1/32 (and 1 us) more than what that holds,
 * so that nothing is taken for slow that is not. It is known once ten lie beyond it, and a hundred
 * in all; every 64th duration renews it.
 */
export class LatencyWindow {
  /** Infinity while it is unknown. */
  quantileNs: Ns = Infinity;
  readonly #quantile: Ratio;
  readonly #samplesMin: number;
  readonly #newerMax: number;
  readonly #newer = new Int32Array(BUCKETS);
  /** Of both histograms. */
  readonly #both = new Int32Array(BUCKETS);
  #newerCount = 0;
  #count = 0;
  #sinceRenewed = 0;

  constructor(quantile: Ratio) {
    this.#quantile = quantile;
    this.#samplesMin = Math.max(SAMPLES_MIN, Math.ceil(BEYOND_MIN / (1 - quantile) - ROUNDING));
    this.#newerMax = 10 * this.#samplesMin;
  }

  record(tookNs: Ns): void {
    const bucket = bucketOf(tookNs);
    this.#newer[bucket] = (this.#newer[bucket] ?? 0) + 1;
    this.#both[bucket] = (this.#both[bucket] ?? 0) + 1;
    this.#count++;
    this.#sinceRenewed++;
    if (this.#count === this.#samplesMin || this.#sinceRenewed >= RENEW_EVERY) this.#renew();
    if (++this.#newerCount === this.#newerMax) this.#turn();
  }

  #renew(): void {
    this.#sinceRenewed = 0;
    if (this.#count < this.#samplesMin) return;
    const beyond = this.#count - Math.ceil(this.#count * this.#quantile - ROUNDING);
    // From the top: the tail has fewer buckets to look at than what lies below it.
    let seen = 0;
    let bucket = BUCKETS - 1;
    for (; bucket > 0; bucket--) {
      seen += this.#both[bucket] ?? 0;
      if (seen > beyond) break;
    }
    this.quantileNs = upperEdgeNs(bucket);
  }

  /** The newer histogram becomes the older one, and what the older one held is forgotten. */
  #turn(): void {
    // What both have without the newer one is the older one.
    for (let i = 0; i < BUCKETS; i++) this.#both[i] = this.#newer[i] ?? 0;
    this.#newer.fill(0);
    this.#count = this.#newerCount;
    this.#newerCount = 0;
  }
}

function bucketOf(ns: Ns): number {
  const value = Math.min(VALUE_MAX, Math.max(0, Math.floor(ns / UNIT_NS)));
  const shift = Math.max(0, 31 - STEP_BITS - Math.clz32(value));
  return (shift << STEP_BITS) + (value >>> shift);
}

function upperEdgeNs(bucket: number): Ns {
  const shift = Math.max(0, (bucket >>> STEP_BITS) - 1);
  return (bucket - (shift << STEP_BITS) + 1) * 2 ** shift * UNIT_NS;
}
