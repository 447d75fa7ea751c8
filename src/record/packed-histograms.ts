import type { CallClock, HistogramSlice, Ns, SeriesKey, SparseHistogram } from '../core/index.ts';
import { bucketMidpointNs, type LogLinearHistogram } from './log-linear-histogram.ts';

/** Buckets for which there is room at first, and after that for those of the fullest second. */
const FIRST_BUCKETS = 1_024;

/** Parts a bucket from its count in one number that sorts by the bucket; both stay exact. */
const COUNTS = 2 ** 32;

/** One of {@link PackedHistograms}. */
export interface PackedSeries extends SeriesKey {
  readonly second: number;
  readonly octaveBits: number;
  /** How many entries are its own. */
  readonly size: number;
}

/**
 * Histograms on their way out of the sending thread, one behind the other: the entries of each as
 * they lay in it, in no order, a bucket perhaps several times. To sort them and to work out their
 * times is left to who receives them; the thread that sends does not wait for it.
 *
 *   series    [ response: 3 │ service: 2 ]
 *   buckets   [ 5102 4987 6011 │ 5102 4987 ]
 *   counts    [   41    7    1 │   40    9 ]
 */
export interface PackedHistograms {
  readonly series: readonly PackedSeries[];
  readonly buckets: Uint16Array<ArrayBuffer>;
  readonly counts: Uint32Array<ArrayBuffer>;
}

/** Packs the histograms of one second after another; what it hands out may be handed over. */
export class HistogramPacker {
  #room = FIRST_BUCKETS;
  #series: PackedSeries[] = [];
  #buckets = new Uint16Array(0);
  #counts = new Uint32Array(0);
  #size = 0;

  /** Adds a histogram, unless it is empty, and empties it. */
  add(
    second: number,
    key: Omit<SeriesKey, 'clock'>,
    clock: CallClock,
    from: LogLinearHistogram,
  ): void {
    if (from.count === 0) return;
    const { octaveBits, entries: size } = from;
    if (this.#size + size > this.#buckets.length) this.#grow(this.#size + size);
    from.takeEntries(this.#buckets, this.#counts, this.#size);
    this.#size += size;
    const { phase, step, target, outcome } = key;
    this.#series.push({ second, phase, step, target, outcome, clock, octaveBits, size });
  }

  /** Returns what was added since the last time. */
  take(): PackedHistograms {
    const packed = { series: this.#series, buckets: this.#buckets, counts: this.#counts };
    this.#series = [];
    this.#buckets = new Uint16Array(0);
    this.#counts = new Uint32Array(0);
    this.#size = 0;
    return packed;
  }

  #grow(wanted: number): void {
    while (this.#room < wanted) this.#room *= 2;
    const buckets = new Uint16Array(this.#room);
    const counts = new Uint32Array(this.#room);
    buckets.set(this.#buckets);
    counts.set(this.#counts);
    this.#buckets = buckets;
    this.#counts = counts;
  }
}

/** Returns the histograms one by one, in the order in which they were packed. */
export function unpackedHistograms({
  series,
  buckets,
  counts,
}: PackedHistograms): HistogramSlice[] {
  let from = 0;
  return series.map(({ octaveBits, size, ...key }) => {
    const to = from + size;
    const sparse = sparseOf(buckets.subarray(from, to), counts.subarray(from, to), octaveBits);
    from = to;
    return { ...key, ...sparse };
  });
}

/** Returns what is in a histogram, values ascending, and empties it. */
export function takenFrom(histogram: LogLinearHistogram): SparseHistogram {
  const { octaveBits, entries } = histogram;
  const buckets = new Uint16Array(entries);
  const counts = new Uint32Array(entries);
  histogram.takeEntries(buckets, counts, 0);
  return sparseOf(buckets, counts, octaveBits);
}

/** Returns a histogram of entries in any order. */
function sparseOf(buckets: Uint16Array, counts: Uint32Array, octaveBits: number): SparseHistogram {
  const entries = new Float64Array(buckets.length);
  for (let i = 0; i < entries.length; i++) {
    entries[i] = (buckets[i] ?? 0) * COUNTS + (counts[i] ?? 0);
  }
  const valueNs: Ns[] = [];
  const count: number[] = [];
  let before = -1;
  for (const entry of entries.sort()) {
    const bucket = Math.floor(entry / COUNTS);
    const times = entry % COUNTS;
    if (bucket === before) {
      count.push((count.pop() ?? 0) + times);
      continue;
    }
    before = bucket;
    valueNs.push(bucketMidpointNs(bucket, octaveBits));
    count.push(times);
  }
  return { valueNs, count };
}
