import type { ConnectErrorSlice, CounterSlice, ErrorSlice, HistogramSlice } from '../core/index.ts';
import type { HeldCalls } from './held-calls.ts';
import type { KeptCall } from './kept-call.ts';

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
  /** The calls that were not kept, in parts, where they are held. */
  readonly held: readonly HeldCalls[];
}
