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

  /** @throws REPLAY_UNREADABLE for one more than there may be. */
  add({ time, request }: RecordedArrival): void {
    // Counted from the first: its differences to the others are exact, which epochs in ns are not.
    this.#baseSec ??= time.sec;
    if (!time.isWhole) this.#areWhole = false;
    this.addOffset((time.sec - this.#baseSec) * NS_PER_SEC + time.ns);
    if (request === undefined) this.#requests = undefined;
    else this.#requests?.push(this.#same(request));
  }

  /** Adds an arrival of which nothing but its time is known; times of one list have one origin. */
  addOffset(offsetNs: Ns): void {
    if (this.#count === this.#max) {
      throw tooLarge(this.#name, `${this.#max} arrivals`);
    }
    if (this.#count === this.#offsetsNs.length) {
      const grown = new Float64Array(2 * this.#count);
      grown.set(this.#offsetsNs);
      this.#offsetsNs = grown;
    }
    this.#offsetsNs[this.#count++] = offsetNs;
  }

  /**
   * Returns the list, sorted and shifted so that the first is 0. Arrivals that are known to the
   * second only are spread evenly in it: the i-th of n (i = 0, 1, ...) is taken to have come at
   * (i + 1/2) / n of the second.
   */
  build(): ArrivalList {
    const recorded = this.#offsetsNs.subarray(0, this.#count);
    const shared = new SharedArrayBuffer(this.#count * Float64Array.BYTES_PER_ELEMENT);
    const offsetsNs = new Float64Array(shared);
    const requests = this.#count > 0 ? this.#requests : undefined;
    const order = requests && !isSorted(recorded) ? orderOf(recorded) : undefined;
    if (order) for (const [i, from] of order.entries()) offsetsNs[i] = recorded[from] ?? 0;
    else offsetsNs.set(recorded);
    if (!order && !isSorted(offsetsNs)) offsetsNs.sort();
    if (this.#areWhole && this.#baseSec !== undefined) spreadInSeconds(offsetsNs);
    const firstNs = offsetsNs[0] ?? 0;
    for (const [i, ns] of offsetsNs.entries()) offsetsNs[i] = ns - firstNs;
    const inOrder = order && requests ? pick(requests, order) : requests;
    return { offsetsNs, requests: inOrder };
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
