import type { RunIds } from '../trace/index.ts';
import { heldCall } from './held-calls.ts';
import { SeqSet } from './seq-set.ts';
import type { KeptCall } from './kept-call.ts';
import type { RecordSlice } from './slice.ts';
import { WaitingCalls } from './waiting-calls.ts';

/**
 * Keeps traces whole. A trace is kept where one of its calls is, for its own sake, or where a span
 * of a service came; then all its calls are kept, those before and those to come:
 *
 *     slice ─┬─ kept ──────────────► keep, and of the same trace ◄─┐
 *            └─ held ──► trace kept? ──► keep                      │
 *                             └─ no ───► wait, the newest ─────────┤
 *     spans of services ───────────────────────────────────────────┘
 */
export class KeptTraces {
  readonly #ids: Pick<RunIds, 'loadSeqOf'>;
  readonly #waiting: WaitingCalls;
  /** The numbers of their arrivals. */
  readonly #kept = new SeqSet();
  /** Of those, the ones of which a service has sent a span and no call has come so far. */
  readonly #unmet = new SeqSet();
  #keep: (call: KeptCall) => void = () => undefined;

  /** `waitingMax`: most calls that wait to be known as of a kept trace. */
  constructor(ids: Pick<RunIds, 'loadSeqOf'>, waitingMax?: number) {
    this.#ids = ids;
    this.#waiting = new WaitingCalls(waitingMax);
  }

  /** Tells where the calls of kept traces go, each once; before the first second. */
  begin(keep: (call: KeptCall) => void): void {
    this.#keep = keep;
  }

  /** Traces of which a service's span came, and none of their calls was found. */
  get lost(): number {
    return this.#unmet.size;
  }

  /** Takes a second of the load. */
  add({ kept, held }: Pick<RecordSlice, 'kept' | 'held'>): void {
    for (const call of kept) {
      this.#keep(call);
      this.#unmet.delete(call.seq);
      if (this.#kept.add(call.seq)) this.#keepWaiting(call.seq);
    }
    for (const part of held) {
      this.#waiting.add(part, (row, seq) => {
        if (!this.#kept.has(seq)) return true;
        this.#unmet.delete(seq);
        this.#keep(heldCall(part, row));
        return false;
      });
    }
  }

  /** Takes spans of services that were stored. */
  arrived(spans: readonly { readonly traceId: string }[]): void {
    let last = '';
    for (const { traceId } of spans) {
      // Spans of one trace mostly come together.
      if (traceId === last) continue;
      last = traceId;
      const seq = this.#ids.loadSeqOf(traceId);
      if (seq === undefined || !this.#kept.add(seq)) continue;
      if (!this.#keepWaiting(seq)) this.#unmet.add(seq);
    }
  }

  /** Returns whether calls of the trace waited. */
  #keepWaiting(seq: number): boolean {
    const calls = this.#waiting.take(seq);
    for (const call of calls) this.#keep(call);
    return calls.length > 0;
  }
}
