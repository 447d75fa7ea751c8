import { NO_STATUS, NS_PER_SEC, type Ns, OK } from '../core/index.ts';
import type { FinishedCall } from './finished-call.ts';

/** The most calls in a batch: together they fit into the first-level cache. */
const CALLS_MAX = 64;

/** The columns of a batch. */
export const SEQ = 0;
export const SPAN_SEQ = 1;
export const PHASE = 2;
export const STEP = 3;
export const INTENDED = 4;
export const SEEN = 5;
export const SENT = 6;
export const FIRST_BYTE = 7;
export const END = 8;
export const STATUS_CODE = 9;
export const BYTES_IN = 10;
export const BYTES_OUT = 11;
export const LOCAL_PORT = 12;
export const ENDPOINT = 13;
export const UNREAD = 14;
const COLUMNS = 15;

/**
 * A queue of successful calls, recorded in batches: between two answers the kernel evicts the
 * histograms from the processor's caches, so that a call recorded by itself misses on each of them.
 * In a batch only the first call does; and calls that are all alike are recorded by column, one
 * histogram after the other.
 */
export class CallBatch {
  size = 0;
  readonly #rows = new Float64Array(CALLS_MAX * COLUMNS);
  /** Handed out for each column in turn. */
  readonly #column = new Float64Array(CALLS_MAX);
  /** Handed out for each call in turn, so that none is allocated. */
  readonly #call = {
    seq: 0,
    spanSeq: 0,
    phaseIndex: 0,
    stepIndex: 0,
    intendedNs: 0,
    seenNs: 0,
    sentNs: 0,
    firstByteNs: 0,
    endNs: 0,
    outcome: OK,
    status: NO_STATUS,
    bytesIn: 0,
    bytesOut: 0,
    localPort: 0,
    error: '',
    attempt: 0,
    callOutcome: OK,
    endpoint: 0,
  } satisfies FinishedCall;

  /** Adds a call whose outcome is ok. Returns whether there is room for another. */
  add(call: FinishedCall, unreadNs: Ns): boolean {
    const rows = this.#rows;
    const from = this.size * COLUMNS;
    rows[from + SEQ] = call.seq;
    rows[from + SPAN_SEQ] = call.spanSeq;
    rows[from + PHASE] = call.phaseIndex;
    rows[from + STEP] = call.stepIndex;
    rows[from + INTENDED] = call.intendedNs;
    rows[from + SEEN] = call.seenNs;
    rows[from + SENT] = call.sentNs;
    rows[from + FIRST_BYTE] = call.firstByteNs;
    rows[from + END] = call.endNs;
    rows[from + STATUS_CODE] = call.status;
    rows[from + BYTES_IN] = call.bytesIn;
    rows[from + BYTES_OUT] = call.bytesOut;
    rows[from + LOCAL_PORT] = call.localPort;
    rows[from + ENDPOINT] = call.endpoint;
    rows[from + UNREAD] = unreadNs;
    this.size++;
    return this.size < CALLS_MAX;
  }

  /**
   * Returns whether all are of one phase, step, status and second of intended start, each with all
   * of its instants: then they belong into the same cells of all tables.
   */
  get areAlike(): boolean {
    const rows = this.#rows;
    const to = this.size * COLUMNS;
    const firstNs = this.at(0, INTENDED);
    const fromNs = firstNs - (firstNs % NS_PER_SEC);
    const toNs = fromNs + NS_PER_SEC;
    const phase = rows[PHASE];
    const step = rows[STEP];
    const status = rows[STATUS_CODE];
    for (let at = 0; at < to; at += COLUMNS) {
      const intendedNs = rows[at + INTENDED] ?? 0;
      const isAlike =
        rows[at + PHASE] === phase &&
        rows[at + STEP] === step &&
        rows[at + STATUS_CODE] === status &&
        intendedNs >= fromNs &&
        intendedNs < toNs &&
        (rows[at + SENT] ?? 0) >= 0 &&
        (rows[at + FIRST_BYTE] ?? 0) >= 0 &&
        (rows[at + UNREAD] ?? 0) >= 0;
      if (!isAlike) return false;
    }
    return this.size > 0;
  }

  /** Returns one value of a call. */
  at(row: number, column: number): number {
    return this.#rows[row * COLUMNS + column] ?? 0;
  }

  /** Returns the sum of a column. */
  sum(column: number): number {
    const rows = this.#rows;
    const to = this.size * COLUMNS;
    let sum = 0;
    for (let at = column; at < to; at += COLUMNS) sum += rows[at] ?? 0;
    return sum;
  }

  /** Returns a column; it holds until the next column is asked for. */
  column(column: number): Float64Array {
    const rows = this.#rows;
    const out = this.#column;
    const { size } = this;
    for (let row = 0, at = column; row < size; row++, at += COLUMNS) out[row] = rows[at] ?? 0;
    return out;
  }

  /** Returns a column less another one; it holds until the next column is asked for. */
  difference(column: number, less: number): Float64Array {
    const rows = this.#rows;
    const out = this.#column;
    const { size } = this;
    for (let row = 0, from = 0; row < size; row++, from += COLUMNS) {
      out[row] = (rows[from + column] ?? 0) - (rows[from + less] ?? 0);
    }
    return out;
  }

  /** Returns a call; it holds until the next one is asked for. */
  callAt(row: number): FinishedCall {
    const rows = this.#rows;
    const call = this.#call;
    const from = row * COLUMNS;
    call.seq = rows[from + SEQ] ?? 0;
    call.spanSeq = rows[from + SPAN_SEQ] ?? 0;
    call.phaseIndex = rows[from + PHASE] ?? 0;
    call.stepIndex = rows[from + STEP] ?? 0;
    call.intendedNs = rows[from + INTENDED] ?? 0;
    call.seenNs = rows[from + SEEN] ?? 0;
    call.sentNs = rows[from + SENT] ?? 0;
    call.firstByteNs = rows[from + FIRST_BYTE] ?? 0;
    call.endNs = rows[from + END] ?? 0;
    call.status = rows[from + STATUS_CODE] ?? 0;
    call.bytesIn = rows[from + BYTES_IN] ?? 0;
    call.bytesOut = rows[from + BYTES_OUT] ?? 0;
    call.localPort = rows[from + LOCAL_PORT] ?? 0;
    call.endpoint = rows[from + ENDPOINT] ?? 0;
    return call;
  }

  /** Hands out the calls in the order in which they were added, and empties the batch. */
  drain(each: (call: FinishedCall, unreadNs: Ns) => void): void {
    for (let row = 0; row < this.size; row++) each(this.callAt(row), this.at(row, UNREAD));
    this.size = 0;
  }

  clear(): void {
    this.size = 0;
  }
}
