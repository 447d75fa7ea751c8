import type { ConnectParts, Ns, OutcomeCode } from '../core/index.ts';
import type { Answer, RenderedRequest } from '../flow/index.ts';
import type { Iteration } from './iterations.ts';

/**
 * A call on its way: one object per slot, made once and used again for call after call, so that the
 * hot path allocates nothing. The engine writes the first group, the driver the second.
 *
 *   intended ──► seen ──► sent ──► first byte ──► end      all ns since the run's start
 *          lag      wait     └──── service time ────┘
 */
export interface LiveCall {
  /** Which arrival it belongs to; one step of one arrival is one call. */
  seq: number;
  phaseIndex: number;
  stepIndex: number;
  intendedNs: Ns;
  seenNs: Ns;
  /** The span id's number within the run; trace and span id follow from it (trace/run-ids.ts). */
  spanSeq: number;
  /** The iteration of a flow that is more than equal steps in a row, and the call's place in it. */
  iteration: Iteration | undefined;
  place: number;
  /** What to send in place of the step's own texts; undefined where those are always the same. */
  request: RenderedRequest | undefined;
  /** Where the driver puts the answer's fields and body; undefined where the step reads neither. */
  answer: Answer | undefined;

  /** -1 where it was never sent: refused or cancelled while it waited for a connection. */
  sentNs: Ns;
  /** -1 where no byte of an answer came. */
  firstByteNs: Ns;
  endNs: Ns;
  outcome: OutcomeCode;
  /** The protocol's status (HTTP 200, or 1000 + the code of gRPC); 0 where none came. */
  status: number;
  bytesIn: number;
  bytesOut: number;
  /** A short fixed text for a failed call (`ECONNREFUSED`, `bad status line`); '' otherwise. */
  error: string;
}

/** What a driver tells the engine. Called from the driver's own events, never inside `start`. */
export interface DriverEvents {
  /** The call is over and every field of the driver's group is set; the slot may be used again. */
  finished(call: LiveCall): void;
  /** A connection can take a call that has been waiting. */
  ready(): void;
  /**
   * No connection is open and none could be opened just now, for the reason that `error` names. The
   * calls that wait have waited for that: they fail with it.
   */
  unreachable(error: string): void;
  /** A connection was opened in `tookNs`; `again` where it replaces one that was lost. */
  connected(tookNs: Ns, again: boolean, parts?: ConnectParts): void;
  /**
   * A whole message has come in the stream of the call. `tookNs` is the time since the one before it,
   * or since the message that it answers was sent; -1 where there is no such moment.
   */
  message?(call: LiveCall, atNs: Ns, tookNs: Ns): void;
  /** A message was handed out in the stream of the call. */
  messageSent?(call: LiveCall, atNs: Ns): void;
  /** The attempt of the call has timed out while its answer was coming. */
  lateResponse(call: LiveCall): void;
}

/**
 * Sends calls to one target over one protocol. A driver knows neither rate nor histogram. A call
 * that fails is data: it ends with an outcome, and nothing is thrown.
 */
export interface Driver {
  /** Opens what can be opened ahead. Resolves when done; a target that refuses is no error here. */
  open(): Promise<void>;
  /** Returns whether `start` may be called now. */
  hasFreeConnection(): boolean;
  /** Says how many calls wait for a connection, so that more may be opened. */
  demand(waiting: number): void;
  /** Sends the call at once and sets `sentNs`. Only while {@link hasFreeConnection}. */
  start(call: LiveCall): void;
  /** Ends every call under way as cancelled, then closes all connections. */
  close(): Promise<void>;
}
