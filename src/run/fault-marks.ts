import { HarnessError, type FaultWindow, type Ms, type Span } from '../core/index.ts';
import {
  faultsOfCall,
  faultsOfSpan,
  TouchTable,
  type FaultPort,
  type FaultSpec,
  type FaultsSoFar,
  type SpanFaults,
} from '../faults/index.ts';
import type { KeptCall } from '../record/index.ts';
import type { Touches } from '../toxics/index.ts';
import type { RunIds } from '../trace/index.ts';

/** What has to be known of a run in order to mark its spans. */
export interface MarkedRun {
  readonly originEpochMs: Ms;
  /** The windows so far, open ones too. */
  readonly windows: () => readonly FaultWindow[];
  /** Where calls meet faults. */
  readonly ports: () => readonly FaultPort[];
  readonly specs: () => readonly FaultSpec[];
  /** Asks proxies whom toxics have touched since the last time. */
  readonly takeTouches?: () => Promise<readonly Touches[]>;
}

/**
 * Marks spans with the faults that touched them and with those that were active, see
 * {@link faultsOfCall} and {@link faultsOfSpan}. Before a span is marked {@link update} must have
 * been called and awaited, once the span was over: all that was done to it is known then.
 */
export class FaultMarks {
  readonly #ids: RunIds;
  readonly #touches = new TouchTable();
  #run: MarkedRun = {
    originEpochMs: 0,
    windows: () => [],
    ports: () => [],
    specs: () => [],
  };
  #asking: Promise<void> = Promise.resolve();
  /** Begins when `#asking` is over; shared by all that ask meanwhile. */
  #next: Promise<void> | undefined;

  constructor(ids: RunIds) {
    this.#ids = ids;
  }

  /** Touches of which is not known any more whom they touched. */
  get lost(): number {
    return this.#touches.lost;
  }

  /** Tells of the run, once its clock has an origin; no fault is active before that. */
  begin(run: MarkedRun): void {
    this.#run = run;
  }

  /** Resolves when all that toxics have touched up to now is known. */
  update(): Promise<void> {
    this.#next ??= this.#asking.then(() => {
      this.#next = undefined;
      this.#asking = this.#ask();
      return this.#asking;
    });
    return this.#next;
  }

  /** Returns the faults of one of the harness's own calls; `targetPort` is where it went. */
  ofCall(call: KeptCall, targetPort: number): SpanFaults {
    const traceId = this.#ids.traceId(call.seq);
    const spanId = this.#ids.spanId(call.spanSeq);
    const { localPort, intendedNs, sentNs, endNs } = call;
    const hasFailed = call.outcome !== 'ok';
    const times = { intendedNs, sentNs, endNs };
    return faultsOfCall(
      { traceId, spanId, targetPort, localPort, hasFailed, ...times },
      this.#faults(),
    );
  }

  /**
   * Returns the span of a service, with `callgauge.fault` where faults touched it, and
   * `callgauge.fault.active` where they stood in its path.
   */
  mark(span: Span): Span {
    const { touchedBy, active } = faultsOfSpan(span, this.#faults());
    if (active.length === 0) return span;
    const touched = touchedBy.length > 0 && { 'callgauge.fault': touchedBy.join(',') };
    const marks = { ...touched, 'callgauge.fault.active': active.join(',') };
    return { ...span, attributes: { ...span.attributes, ...marks } };
  }

  async #ask(): Promise<void> {
    try {
      for (const touches of (await this.#run.takeTouches?.()) ?? []) this.#touches.add(touches);
    } catch (error) {
      // The proxies' thread has died: the run ends for that.
      if (!(error instanceof HarnessError)) throw error;
    }
  }

  #faults(): FaultsSoFar {
    const { originEpochMs, windows, ports, specs } = this.#run;
    const touches = this.#touches;
    const isCallId = (spanId: string): boolean => this.#ids.spanSeqOf(spanId) !== undefined;
    const [at, of] = [ports(), specs()];
    return { originEpochMs, windows: windows(), ports: at, specs: of, touches, isCallId };
  }
}
