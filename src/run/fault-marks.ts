import type { FaultWindow, Ms, Ns, Span } from '../core/index.ts';
import { faultsDuring, faultsInPath, type FaultPort } from '../faults/index.ts';

/** What has to be known of a run in order to mark its spans. */
export interface MarkedRun {
  readonly originEpochMs: Ms;
  /** The windows so far, open ones too. */
  readonly windows: () => readonly FaultWindow[];
  /** Where calls meet faults. */
  readonly ports: readonly FaultPort[];
}

/**
 * Marks spans with the faults that were active: the harness's own calls by time alone, since a
 * fault deep in the system reaches them through their callees; a service's call by time and by the
 * proxy or service that it went to. Of a toxic that spares some of what passes (a toxicity, a
 * trigger, a match) that still means: it was there, not that it struck this very call.
 */
export class FaultMarks {
  #run: MarkedRun = { originEpochMs: 0, windows: () => [], ports: [] };

  /** Tells of the run, once its clock has an origin; no fault is active before that. */
  begin(run: MarkedRun): void {
    this.#run = run;
  }

  /** Returns the names of the faults that were active at some moment of the call. */
  ofCall(fromNs: Ns, toNs: Ns): readonly string[] {
    return faultsDuring(this.#run.windows(), fromNs, toNs);
  }

  /** Returns the span, with `callgauge.fault` where a fault stood in its path. */
  mark(span: Span): Span {
    const { windows, ports, originEpochMs } = this.#run;
    const faults = faultsInPath(span, windows(), ports, originEpochMs);
    if (faults.length === 0) return span;
    return { ...span, attributes: { ...span.attributes, 'callgauge.fault': faults.join(',') } };
  }
}
