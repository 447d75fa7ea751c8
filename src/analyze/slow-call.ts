import { epochNsFromMs, type Ns, type RunRecord, type Span } from '../core/index.ts';

/** A kept call of the harness itself. */
export interface SlowCall {
  readonly traceId: string;
  readonly step: string;
  readonly phase: string;
  readonly outcome: string;
  /** Since the start of the run. */
  readonly sentNs: Ns;
  readonly responseNs: Ns;
  readonly serviceNs: Ns;
  /** The names of the faults that touched it, with commas; '' for none. */
  readonly fault: string;
}

/**
 * Returns a kept call from the harness's own span; a missing attribute becomes '' or the duration.
 */
export function slowCallFrom(span: Span, run: RunRecord): SlowCall {
  const { attributes } = span;
  const serviceNs = Number(span.durationNs);
  const responseNs = Number(attributes['callgauge.response_ns'] ?? serviceNs);
  return {
    traceId: span.traceId,
    step: attributes['callgauge.step'] ?? span.name,
    phase: attributes['callgauge.phase'] ?? '',
    outcome: attributes['callgauge.outcome'] ?? '',
    sentNs: Number(span.startEpochNs - epochNsFromMs(run.startedEpochMs)),
    responseNs: Number.isFinite(responseNs) ? responseNs : serviceNs,
    serviceNs,
    fault: attributes['callgauge.fault'] ?? '',
  };
}
