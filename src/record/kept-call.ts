import type { Ns, Outcome } from '../core/index.ts';

/** Why a call is kept for its own sake: in the head sample, among the slowest, or failed. */
export type OwnReason = 'head' | 'slow' | 'error';

/** What is made once beside the load, and kept as a whole. */
export type BesideLoad = 'setup' | 'teardown';

/** Why a call is kept: for its own sake, since its trace is, or as no part of the load. */
export type KeptReason = OwnReason | 'trace' | BesideLoad;

/**
 * A finished call whose span is to be stored. Instants in ns since the run's start:
 * intended <= seen <= sent <= end.
 */
export interface KeptCall {
  /** The arrival's number; the trace id follows from it. */
  readonly seq: number;
  /** The call's number; the span id follows from it. */
  readonly spanSeq: number;
  /** '' in setup and teardown. */
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
  /** Of one of several attempts of a call: which it is, from 1, and how the call ended. */
  readonly attempt?: number;
  readonly callOutcome?: Outcome;
  /** Which of the target's endpoints it went to; absent for the first, or for the only one. */
  readonly endpoint?: number;
}
