import type {
  CallClock,
  ConnectErrorSlice,
  CounterSlice,
  ErrorSlice,
  FaultWindow,
  HistogramSlice,
  RunRecord,
  SeriesKey,
  SparseHistogram,
} from '../core/index.ts';
import type { AnalyzedSpans } from '../spans/index.ts';

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
  /** Returns the runs whose id begins so, the newest first, at most `limit`. */
  runsBeginning(prefix: string, limit: number): Promise<readonly RunRecord[]>;
  /** Returns the newest runs first, at most `limit`: of one scenario where one is named. */
  runs(limit: number, scenario?: string): Promise<readonly RunRecord[]>;
  /** Returns every series of the run, merged over time. */
  series(runId: string): Promise<readonly MergedSeries[]>;
  /**
   * Returns the histograms as they were stored per second, in the order of the seconds; those of
   * other than the given clocks without their values.
   */
  seconds(runId: string, clocks: readonly CallClock[]): Promise<readonly HistogramSlice[]>;
  /** Returns the totals of every counter per phase and step (`second` is 0). */
  counters(runId: string): Promise<readonly CounterSlice[]>;
  /** Returns some counters per second, phase and step, in this order. */
  counterSeconds(
    runId: string,
    counters: readonly CounterSlice['counter'][],
  ): Promise<readonly CounterSlice[]>;
  /** Returns the arrivals per second and phase, in the order of the seconds; none without any. */
  arrivals(runId: string): Promise<readonly ArrivalSecond[]>;
  /** Returns why calls failed: totals per phase, step, outcome and text (`second` is 0). */
  errors(runId: string): Promise<readonly ErrorSlice[]>;
  /** Returns why connections could not be opened: totals per phase, target and text. */
  connectErrors(runId: string): Promise<readonly ConnectErrorSlice[]>;
  /** Returns the fault windows by their begin; one whose end is not known ends at Infinity. */
  faultWindows(runId: string): Promise<readonly FaultWindow[]>;
}

/** What the analysis of one run reads. */
export type AnalyzedSource = Omit<RunSource, 'runs' | 'runsBeginning'> & AnalyzedSpans;
