import type {
  ConnectErrorSlice,
  CounterSlice,
  ErrorSlice,
  HistogramSlice,
  Ns,
  Outcome,
  OutcomeCode,
} from '../core/index.ts';

/** What the recorder reads of a call that is over. Instants in ns since the run's start. */
export interface FinishedCall {
  readonly seq: number;
  readonly spanSeq: number;
  readonly phaseIndex: number;
  readonly stepIndex: number;
  readonly intendedNs: Ns;
  readonly seenNs: Ns;
  /** -1 where it was never sent. */
  readonly sentNs: Ns;
  readonly firstByteNs: Ns;
  /** For a timeout or a cancelled call the moment of its bound: its times are censored there. */
  readonly endNs: Ns;
  readonly outcome: OutcomeCode;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Our port of its connection; 0 where it had none. */
  readonly localPort: number;
  readonly error: string;
}

/** Why a call was kept: in the head sample, among the slowest, or failed. */
export type KeptReason = 'head' | 'slow' | 'error';

/**
 * A finished call whose span is to be stored. Instants in ns since the run's start:
 * intended <= seen <= sent <= end.
 */
export interface KeptCall {
  /** The arrival's number; the trace id follows from it. */
  readonly seq: number;
  /** The call's number; the span id follows from it. */
  readonly spanSeq: number;
  readonly phase: string;
  readonly step: string;
  readonly target: string;
  readonly intendedNs: Ns;
  readonly seenNs: Ns;
  /** The end, where it was never sent. */
  readonly sentNs: Ns;
  /** -1 where no byte of an answer came. */
  readonly firstByteNs: Ns;
  readonly endNs: Ns;
  readonly outcome: Outcome;
  /** NO_STATUS where no answer came. */
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Our port of its connection; 0 where it had none. */
  readonly localPort: number;
  /** '' for a call that did not fail in transport. */
  readonly error: string;
  /** The head sample comes first: those marked `head` are a fair sample of all calls. */
  readonly kept: KeptReason;
}

/** What one worker gathered in one second of the run: plain data that crosses threads. */
export interface RecordSlice {
  readonly second: number;
  /** Without empty series. */
  readonly histograms: readonly HistogramSlice[];
  /** Without zeros. */
  readonly counters: readonly CounterSlice[];
  /** Why calls failed. */
  readonly errors: readonly ErrorSlice[];
  /** Why connections could not be opened. */
  readonly connectErrors: readonly ConnectErrorSlice[];
  readonly kept: readonly KeptCall[];
}
