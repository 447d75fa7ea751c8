import type { Span, SparseHistogram, TimeRange } from '../core/index.ts';

/** Attempts on one edge: `caller` called `operation` of `callee`; as the caller saw them. */
export interface EdgeAttempts {
  readonly caller: string;
  readonly callee: string;
  /** The name of the caller's span: `POST /api/charges`, say. */
  readonly operation: string;
  /** Those with a duration that counts, ascending; each second once. */
  readonly seconds: readonly EdgeSecond[];
  /** How many attempts failed otherwise. */
  readonly failed: number;
}

/** The attempts of an edge that began in one second of the run. */
export interface EdgeSecond {
  readonly second: number;
  /** Durations of the attempts that succeeded, ascending, merged where equal. */
  readonly ok: SparseHistogram;
  /** How long attempts had taken when the caller gave them up: lower bounds of their durations. */
  readonly cutOff: SparseHistogram;
}

/** How many spans of a run the store holds; one that was delivered twice counts once. */
export interface SpanCounts {
  /** The harness's own. */
  readonly harness: number;
  /** The services' and the harness's. */
  readonly all: number;
  /** Those among all that have no start, or end before it: no duration of theirs is used. */
  readonly invalid: number;
  /**
   * Calls of services that began more than a second before the run, or a minute after it, by their
   * own clocks: in no edge. Absent where there are none.
   */
  readonly outside?: number;
}

/** For which of the run's calls the server's span is stored; nothing counts twice. */
export interface ServedCalls {
  /** Calls with a server's span, kept or not. */
  readonly calls: number;
  /**
   * Kept calls that were answered, by step and second of the run in which they were sent, and those
   * of them with a server's span.
   */
  readonly kept: readonly {
    readonly step: string;
    readonly second: number;
    readonly calls: number;
    readonly seen: number;
  }[];
}

/** Stored calls of the harness that failed for one reason. */
export interface FailureExample {
  readonly step: string;
  readonly outcome: string;
  /** As errors are counted by; '' where an older version stored them. */
  readonly text: string;
  /** The first and the last, once where they are one. */
  readonly traceIds: readonly string[];
}

/** Attempts of an edge that failed for one reason, in the time that was asked for. */
export interface FailedAttempts {
  readonly caller: string;
  readonly callee: string;
  /** The name of the caller's span. */
  readonly operation: string;
  /**
   * The status of gRPC, `status 503`, the type of the error, or the first line of the status
   * message; `other` for the reasons past a bound.
   */
  readonly text: string;
  readonly count: number;
  /** The first and the last, once where they are one. */
  readonly traceIds: readonly string[];
}

/** Where a trace failed. */
export interface FailedTrace {
  readonly traceId: string;
  /** Whose span failed: `callgauge` where the call did. */
  readonly serviceName: string;
}

/** A trace among several. */
export interface TraceSummary {
  readonly traceId: string;
  readonly startEpochNs: bigint;
  /** The service and the name of its first span. */
  readonly serviceName: string;
  readonly name: string;
  readonly spanCount: number;
  readonly failedCount: number;
}

/** The spans of a run, ours and the services'. */
export interface SpanSource {
  /** Returns all spans of one trace by their start; empty where the store has none. */
  trace(traceId: string): Promise<readonly Span[]>;
  /**
   * Returns the attempts of every service-to-service edge of the run (CLIENT spans joined to their
   * SERVER child) whose span began in one of the ranges, the run's own calls left out, and spans
   * that end before they start.
   */
  edges(runId: string, ranges: readonly TimeRange[]): Promise<readonly EdgeAttempts[]>;
  /**
   * Returns the attempts between services that failed, of the same spans as the edges: by edge and
   * reason, the most frequent first.
   */
  failedAttempts(runId: string, ranges: readonly TimeRange[]): Promise<readonly FailedAttempts[]>;
  /** Returns the slowest kept calls of the phases: the harness's own root spans. */
  slowestCalls(runId: string, phases: readonly string[], limit: number): Promise<readonly Span[]>;
  /** Returns examples of why calls of the phases failed, those of frequent reasons first. */
  failureExamples(runId: string, phases: readonly string[]): Promise<readonly FailureExample[]>;
  /**
   * Returns the trace of the last failed call of the phases; where none failed, that of the last
   * failed span of a service; undefined where no span of the run failed.
   */
  lastFailedTrace(runId: string, phases: readonly string[]): Promise<FailedTrace | undefined>;
  /** Returns the traces whose ids begin with hex digits, the newest first, at most `limit`. */
  tracesBeginning(prefix: string, limit: number): Promise<readonly TraceSummary[]>;
  /** Returns how many spans of the run the store holds. */
  spanCounts(runId: string): Promise<SpanCounts>;
  /** Returns for which calls the services' spans have come. */
  servedCalls(runId: string): Promise<ServedCalls>;
}
