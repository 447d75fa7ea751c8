import type { Ns, Outcome } from '../core/index.ts';

/** Why a call is kept for its own sake: in the head sample, among the slowest, or failed. */
export type OwnReason = 'head' | 'slow' | 'error';

/** Why a call is kept: for its own sake, or since its trace is. */
export type KeptReason = OwnReason | 'trace';

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
