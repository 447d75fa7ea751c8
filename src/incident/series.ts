/** What is measured of a call, an operation, or a place in one. */
export const MEASURES = ['spans', 'time', 'calls', 'stops', 'errors', 'retries'] as const;

/**
 * - `spans`: how often the operation ran; the count below the others, no evidence itself.
 * - `time`: innermost time in ns per span; with a peer, of the call to it: its connection, its
 *   network and what waits on either side.
 * - `calls`: calls of `place` per span of the operation, repeated ones not counted.
 * - `stops`: whether the operation called nothing more after `place` ('' for its beginning).
 * - `errors`: whether an error began here; with a peer, at a call that brought none back from it.
 * - `retries`: calls of `place` that follow a failed one alike, per span of the operation.
 */
export type Measure = (typeof MEASURES)[number];

/** What a series is of, in words. */
export interface SeriesKey {
  readonly measure: Measure;
  readonly service: string;
  /** The service that is called there; '' for none. */
  readonly peer: string;
  readonly operation: string;
  /** Time: the operation above in the service, or the callee's; else see {@link Measure}. */
  readonly place: string;
}

/**
 * One quantity over the traces of one window: per trace a sum, over a count, both of all spans that
 * the stored ones stand for. Grows.
 */
export class Series {
  /** Σ of the counts, and of the sums, over traces. */
  count = 0;
  sum = 0;
  /** Σ count², Σ sum², Σ sum x count: what the variance of the ratio needs. */
  countSquares = 0;
  sumSquares = 0;
  products = 0;
  /** Σ weight² x count, and weight² x sum, over spans: what a sample tells less than all would. */
  weightedCount = 0;
  weightedSum = 0;
  /** How long the calls that it counts took in all, in ns; 0 for series of other measures. */
  callsNs = 0;
  /** The series that has its counts, where that is another. */
  readonly countedBy: number | undefined;
  readonly traces: number[] = [];
  readonly sums: number[] = [];
  readonly counts: number[] = [];

  constructor(countedBy?: number) {
    this.countedBy = countedBy;
  }

  /** Takes one trace. Of a series whose counts another keeps, its count is for the product only. */
  add(trace: number, sum: number, count: number): void {
    this.traces.push(trace);
    this.sums.push(sum);
    this.counts.push(count);
    this.count += count;
    this.sum += sum;
    this.countSquares += count * count;
    this.sumSquares += sum * sum;
    this.products += sum * count;
  }
}

/** Numbers for texts and for keys, the same for both windows. */
export class SeriesBook {
  readonly #texts: string[] = [''];
  readonly #textNumbers = new Map<string, number>([['', 0]]);
  readonly #pairs = new Map<number, number>();
  readonly #keys: SeriesKey[] = [];
  readonly #numbers = new Map<number, number>();

  textNumber(text: string): number {
    const known = this.#textNumbers.get(text);
    if (known !== undefined) return known;
    this.#textNumbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  text(number: number): string {
    return this.#texts[number] ?? '';
  }

  /** Returns the number of two numbers together, below 2^26 each. */
  pair(a: number, b: number): number {
    const key = a * PAIR_BASE + b;
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    const next = this.#pairs.size + 1;
    this.#pairs.set(key, next);
    return next;
  }

  /** Returns the number of the series; the parts are numbers of texts. */
  number(
    measure: Measure,
    service: number,
    operation: number,
    place: number,
    peer: number,
  ): number {
    const who = this.pair(service, operation);
    const where = this.pair(place, peer);
    const key = this.pair(who, where) * MEASURES.length + MEASURES.indexOf(measure);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#keys.length);
    return (
      this.#keys.push({
        measure,
        service: this.text(service),
        peer: this.text(peer),
        operation: this.text(operation),
        place: this.text(place),
      }) - 1
    );
  }

  key(number: number): SeriesKey {
    const key = this.#keys[number];
    if (key === undefined) throw new RangeError(`no series ${number}`);
    return key;
  }
}

const PAIR_BASE = 2 ** 26;
