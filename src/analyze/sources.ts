import type {
  CounterSlice,
  ErrorSlice,
  FaultWindow,
  HistogramSlice,
  Ns,
  RunRecord,
  SeriesKey,
  Span,
  SparseHistogram,
} from '../core/index.ts';

/** A series over the whole of its phase: all its seconds, workers and shards merged. */
export interface MergedSeries extends SeriesKey, SparseHistogram {}

/** What fell due in one second of a phase. */
export interface ArrivalSecond {
  readonly second: number;
  readonly phase: string;
  /** All, those that were dropped included. */
  readonly arrivals: number;
  readonly dropped: number;
}

/** One run's numbers, read back from wherever a Sink put them. */
export interface RunSource {
  /**
   * Returns the run, or undefined where there is none. `latest` in place of an id means the one
   * that started last.
   */
  run(runId: string): Promise<RunRecord | undefined>;
  /** Returns the newest runs first, at most `limit`. */
  runs(limit: number): Promise<readonly RunRecord[]>;
  /** Returns every series of the run, merged over time. */
  series(runId: string): Promise<readonly MergedSeries[]>;
  /** Returns the histograms as they were stored per second, in the order of the seconds. */
  seconds(runId: string): Promise<readonly HistogramSlice[]>;
  /** Returns the totals of every counter per phase and step (`second` is 0). */
  counters(runId: string): Promise<readonly CounterSlice[]>;
  /** Returns the arrivals per second and phase, in the order of the seconds; none without any. */
  arrivals(runId: string): Promise<readonly ArrivalSecond[]>;
  /** Returns why calls failed: totals per phase, step, outcome and text (`second` is 0). */
  errors(runId: string): Promise<readonly ErrorSlice[]>;
  /** Returns the fault windows by their begin; one whose end is not known ends at Infinity. */
  faultWindows(runId: string): Promise<readonly FaultWindow[]>;
}

/** A stretch of the run, both ends in ns from its start; `toNs` excluded. */
export interface TimeRange {
  readonly fromNs: Ns;
  readonly toNs: Ns;
}

/** Attempts on one edge: `caller` called `operation` of `callee`; as the caller saw them. */
export interface EdgeAttempts {
  readonly caller: string;
  readonly callee: string;
  /** The name of the caller's span: `POST /api/charges`, say. */
  readonly operation: string;
  /** Durations of the attempts that succeeded, ascending, merged where equal. */
  readonly ok: SparseHistogram;
  /** How long attempts had taken when the caller gave them up: lower bounds of their durations. */
  readonly cutOff: SparseHistogram;
  /** How many attempts failed otherwise; their durations are in neither. */
  readonly failed: number;
}

/** The spans of a run, ours and the services'. */
export interface SpanSource {
  /** Returns all spans of one trace by their start; empty where the store has none. */
  trace(traceId: string): Promise<readonly Span[]>;
  /**
   * Returns the attempts of every service-to-service edge of the run (CLIENT spans joined to their
   * SERVER child) whose span began in one of the ranges, the run's own calls left out.
   */
  edges(runId: string, ranges: readonly TimeRange[]): Promise<readonly EdgeAttempts[]>;
  /** Returns the slowest kept calls of the phases: the harness's own root spans. */
  slowestCalls(runId: string, phases: readonly string[], limit: number): Promise<readonly Span[]>;
  /** Returns how many spans of the run the store holds, the harness's own and all together. */
  spanCounts(runId: string): Promise<{ readonly harness: number; readonly all: number }>;
}
