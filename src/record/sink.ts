import type {
  ConnectErrorSlice,
  CounterSlice,
  ErrorSlice,
  FaultWindow,
  HistogramSlice,
  RunRecord,
  Span,
} from '../core/index.ts';

/**
 * Where a run's results go. A promise that resolves is an acknowledgement: what it covers is
 * durable and will be found again, also after a kill of this process.
 */
export interface Sink {
  /** Stores the run, or replaces what was stored under its id. */
  writeRun(run: RunRecord): Promise<void>;
  writeSpans(spans: readonly Span[]): Promise<void>;
  /** Adds to what the run already holds: slices of one second may come in several parts. */
  writeHistograms(runId: string, slices: readonly HistogramSlice[]): Promise<void>;
  writeCounters(runId: string, slices: readonly CounterSlice[]): Promise<void>;
  /** Adds to what the run already holds. */
  writeErrors(runId: string, slices: readonly ErrorSlice[]): Promise<void>;
  /** Adds to what the run already holds. */
  writeConnectErrors(runId: string, slices: readonly ConnectErrorSlice[]): Promise<void>;
  /** A window that is written open, `toNs` Infinity, is closed by writing it again with its end. */
  writeFaultWindows(runId: string, windows: readonly FaultWindow[]): Promise<void>;
}
