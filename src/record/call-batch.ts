import { NO_STATUS, type Ns, OK } from '../core/index.ts';
import type { FinishedCall } from './finished-call.ts';

/** The most calls in a batch: together they fit into the first-level cache. */
const CALLS_MAX = 64;
const COLUMNS = 14;

/**
 * A queue of successful calls, recorded in batches: between two answers the kernel evicts the
 * histograms from the processor's caches, so that a call recorded by itself misses on each of them.
 * In a batch only the first call does.
 */
export class CallBatch {
  readonly #rows = new Float64Array(CALLS_MAX * COLUMNS);
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
  } satisfies FinishedCall;
  #size = 0;

  /** Adds a call whose outcome is ok. Returns whether there is room for another. */
  add(call: FinishedCall, unreadNs: Ns): boolean {
    const rows = this.#rows;
    const from = this.#size * COLUMNS;
    rows[from] = call.seq;
    rows[from + 1] = call.spanSeq;
    rows[from + 2] = call.phaseIndex;
    rows[from + 3] = call.stepIndex;
    rows[from + 4] = call.intendedNs;
    rows[from + 5] = call.seenNs;
    rows[from + 6] = call.sentNs;
    rows[from + 7] = call.firstByteNs;
    rows[from + 8] = call.endNs;
    rows[from + 9] = call.status;
    rows[from + 10] = call.bytesIn;
    rows[from + 11] = call.bytesOut;
    rows[from + 12] = call.localPort;
    rows[from + 13] = unreadNs;
    this.#size++;
    return this.#size < CALLS_MAX;
  }

  /** Hands out the calls in the order in which they were added, and empties the batch. */
  drain(each: (call: FinishedCall, unreadNs: Ns) => void): void {
    const rows = this.#rows;
    const call = this.#call;
    for (let row = 0; row < this.#size; row++) {
      const from = row * COLUMNS;
      call.seq = rows[from] ?? 0;
      call.spanSeq = rows[from + 1] ?? 0;
      call.phaseIndex = rows[from + 2] ?? 0;
      call.stepIndex = rows[from + 3] ?? 0;
      call.intendedNs = rows[from + 4] ?? 0;
      call.seenNs = rows[from + 5] ?? 0;
      call.sentNs = rows[from + 6] ?? 0;
      call.firstByteNs = rows[from + 7] ?? 0;
      call.endNs = rows[from + 8] ?? 0;
      call.status = rows[from + 9] ?? 0;
      call.bytesIn = rows[from + 10] ?? 0;
      call.bytesOut = rows[from + 11] ?? 0;
      call.localPort = rows[from + 12] ?? 0;
      each(call, rows[from + 13] ?? 0);
    }
    this.#size = 0;
  }
}
