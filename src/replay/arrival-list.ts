import { HarnessError, NS_PER_SEC, type Ns } from '../core/index.ts';
import type { ReplayedRequest } from '../scenario/index.ts';
import type { RecordedArrival } from './recorded-arrival.ts';

/** A list of 10 million arrivals takes 80 MB. */
export const ARRIVALS_MAX = 10_000_000;

/** Methods and paths of a list that differ, in characters: what takes memory beside the times. */
const REQUEST_CHARS_MAX = 256 * 1024 * 1024;

/** Recorded arrivals as a phase repeats them. */
export interface ArrivalList {
  /** Ascending, the first 0, in memory that threads share. */
  readonly offsetsNs: Float64Array;
  /** As long as the offsets; undefined unless every arrival has one. */
  readonly requests: readonly ReplayedRequest[] | undefined;
}

/** Gathers recorded arrivals in any order, and makes the list of them. */
export class ArrivalListBuilder {
  readonly #name: string;
  readonly #max: number;
  #offsetsNs = new Float64Array(1_024);
  /** How far before its time each arrival came; undefined while none did. */
  #earlierNs: Float64Array | undefined;
  #count = 0;
  #baseSec: number | undefined;
  #areWhole = true;
  #requests: ReplayedRequest[] | undefined = [];
  readonly #known = new Map<string, ReplayedRequest>();
  #requestChars = 0;

  /** @param name of the list, for messages */
  constructor(name: string, max = ARRIVALS_MAX) {
    this.#name = name;
    this.#max = max;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * @param earlierNs how far before its recorded time it came: what the request took, where that is
   *   the time of its answer
   * @throws REPLAY_UNREADABLE for one more than there may be.
   */
  add({ time, request }: Pick<RecordedArrival, 'time' | 'request'>, earlierNs: Ns): void {
    // Counted from the first: its differences to the others are exact, which epochs in ns are not.
    this.#baseSec ??= time.sec;
    if (!time.isWhole) this.#areWhole = false;
    this.addOffset((time.sec - this.#baseSec) * NS_PER_SEC + time.ns);
    if (earlierNs > 0) {
      this.#earlierNs ??= new Float64Array(this.#offsetsNs.length);
      this.#earlierNs[this.#count - 1] = earlierNs;
    }
    if ('problem' in request) this.#requests = undefined;
    else this.#requests?.push(this.#same(request));
  }

  /** Adds an arrival of which nothing but its time is known; times of one list have one origin. */
  addOffset(offsetNs: Ns): void {
    if (this.#count === this.#max) {
      throw tooLarge(this.#name, `${this.#max} arrivals`);
    }
    if (this.#count === this.#offsetsNs.length) {
      this.#offsetsNs = grown(this.#offsetsNs);
      this.#earlierNs &&= grown(this.#earlierNs);
    }
    this.#offsetsNs[this.#count++] = offsetNs;
  }

  /**
   * Returns the list, sorted and shifted so that the first is 0. Arrivals that are known to the
   * second only are spread evenly in it: the i-th of n (i = 0, 1, ...) is taken to have come at
   * (i + 1/2) / n of the second. Of times of answers it is those that are spread.
   */
  build(): ArrivalList {
    let sorted = this.#sorted({
      timesNs: this.#offsetsNs.subarray(0, this.#count),
      requests: this.#count > 0 ? this.#requests : undefined,
      earlierNs: this.#earlierNs,
    });
    if (this.#areWhole && this.#baseSec !== undefined) spreadInSeconds(sorted.timesNs);
    if (sorted.earlierNs) {
      const came = sorted.timesNs.map((ns, i) => ns - (sorted.earlierNs?.[i] ?? 0));
      sorted = this.#sorted({ ...sorted, timesNs: came, earlierNs: undefined });
    }
    const shared = new SharedArrayBuffer(this.#count * Float64Array.BYTES_PER_ELEMENT);
    const offsetsNs = new Float64Array(shared);
    const firstNs = sorted.timesNs[0] ?? 0;
    for (const [i, ns] of sorted.timesNs.entries()) offsetsNs[i] = ns - firstNs;
    return { offsetsNs, requests: sorted.requests };
  }

  #sorted({ timesNs, requests, earlierNs }: Columns): Columns {
    if (isSorted(timesNs)) return { timesNs: timesNs.slice(), requests, earlierNs };
    if (!requests && !earlierNs) return { timesNs: timesNs.toSorted(), requests, earlierNs };
    const order = orderOf(timesNs);
    const inOrder = (values: Float64Array): Float64Array =>
      Float64Array.from(order, (from) => values[from] ?? 0);
    return {
      timesNs: inOrder(timesNs),
      requests: requests && pick(requests, order),
      earlierNs: earlierNs && inOrder(earlierNs),
    };
  }

  /** Most lists repeat few requests: each that differs is kept once. */
  #same(request: ReplayedRequest): ReplayedRequest {
    const key = `${request.method} ${request.path}`;
    const known = this.#known.get(key);
    if (known) return known;
    this.#requestChars += key.length;
    if (this.#requestChars > REQUEST_CHARS_MAX) {
      throw tooLarge(this.#name, `${REQUEST_CHARS_MAX} characters of different requests`);
    }
    const own = Object.freeze({ ...request });
    this.#known.set(key, own);
    return own;
  }
}

/** What is known of each arrival, in one order. */
interface Columns {
  readonly timesNs: Float64Array;
  readonly requests: readonly ReplayedRequest[] | undefined;
  readonly earlierNs: Float64Array | undefined;
}

function grown(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}

function tooLarge(name: string, most: string): HarnessError {
  return new HarnessError('REPLAY_UNREADABLE', `${name} must hold ${most} at most to be replayed`, {
    hint: 'Replay a part of it.',
  });
}

function isSorted(values: Float64Array): boolean {
  return values.every((value, i) => i === 0 || (values[i - 1] ?? 0) <= value);
}

/** Returns the places of the values in ascending order; equal ones stay in theirs. */
function orderOf(values: Float64Array): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);
}

function pick(requests: readonly ReplayedRequest[], order: Uint32Array): ReplayedRequest[] {
  return Array.from(order, (from) => requests[from]).filter((request) => request !== undefined);
}

function spreadInSeconds(offsetsNs: Float64Array): void {
  let from = 0;
  while (from < offsetsNs.length) {
    const secondNs = offsetsNs[from] ?? 0;
    let to = from + 1;
    while (to < offsetsNs.length && offsetsNs[to] === secondNs) to++;
    const count = to - from;
    for (let i = 0; i < count; i++) {
      offsetsNs[from + i] = secondNs + Math.round(((i + 0.5) / count) * NS_PER_SEC);
    }
    from = to;
  }
}
