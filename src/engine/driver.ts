import type { Clock, ConnectParts, Ns, OutcomeCode, Rng } from '../core/index.ts';
import type { Answer, RenderedRequest } from '../flow/index.ts';
import type { StepSpec, ReadyTarget } from '../scenario/index.ts';
import type { PropagationFormat, RunIds } from '../trace/index.ts';

/**
 * What a driver sees of a call: what to send, and where to put what became of it. The engine writes
 * the first group, the driver the second.
 */
export interface DriverCall {
  /** The number of its arrival; the trace id follows from it (trace/run-ids.ts). */
  readonly seq: number;
  /** The number of the attempt within the run; the span id follows from it. */
  readonly spanSeq: number;
  /** Which of the run's steps it is. */
  readonly stepIndex: number;
  /** What to send in place of the step's own request; undefined where that is always the same. */
  readonly request: RenderedRequest | undefined;
  /** Where the driver puts the answer's fields and body; undefined where the step reads neither. */
  readonly answer: Answer | undefined;
  /**
   * When it ends at the latest, where its step's timeout allows more; Infinity for no such bound.
   */
  readonly deadlineNs: Ns;

  /** -1 where it was never sent: refused or cancelled while it waited for a connection. */
  sentNs: Ns;
  /** -1 where no byte of an answer came; known while the rest of it is under way. */
  firstByteNs: Ns;
  endNs: Ns;
  outcome: OutcomeCode;
  /** The protocol's own status, 200 of HTTP or 14 of gRPC say; NO_STATUS where none came. */
  status: number;
  bytesIn: number;
  bytesOut: number;
  /** Our port of the connection that it was sent on; 0 where it was on none, or that has none. */
  localPort: number;
  /** A short fixed text for a failed call (`ECONNREFUSED`, `bad status line`); '' otherwise. */
  error: string;
}

/**
 * What a driver reports to the engine. Called from the driver's own events, never inside `start`; a
 * call is handed back as the object that `start` was given.
 */
export interface DriverEvents {
  /** The call is over and every field of the driver's group is set; the slot may be used again. */
  finished(call: DriverCall): void;
  /** A connection can take a call that has been waiting. */
  ready(): void;
  /**
   * No connection is open and none could be opened just now, for the reason that `error` names. The
   * calls that wait have waited for that: they fail with it.
   */
  unreachable(error: string): void;
  /** A connection could not be opened, for the reason that `error` names in short, fixed words. */
  connectFailed(error: string): void;
  /**
   * The call is sent a second time, the target having done nothing with it at the first:
   * {@link DriverCall.sentNs} is then that of the second.
   */
  resent(call: DriverCall): void;
  /** A connection was opened in `tookNs`; `again` where it replaces one that was lost. */
  connected(tookNs: Ns, again: boolean, parts?: ConnectParts): void;
  /**
   * A whole message has come in the stream of the call. `tookNs` is the time since the one before
   * it, or since the message that it answers was sent; -1 where there is no such moment.
   */
  message?(call: DriverCall, atNs: Ns, tookNs: Ns): void;
  /** A message was handed out in the stream of the call. */
  messageSent?(call: DriverCall, atNs: Ns): void;
  /** The attempt of the call has timed out while its answer was coming. */
  lateResponse(call: DriverCall): void;
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
  start(call: DriverCall): void;
  /**
   * Ends a call that was started, as cancelled, and no other: it is `finished` before this returns.
   * Absent where the protocol, or the driver, cannot: whoever gives a call up lets it end by
   * itself.
   */
  cancel?(call: DriverCall): void;
  /** Ends every call under way as cancelled, then closes all connections. */
  close(): Promise<void>;
}

/** What a driver is made with. */
export interface DriverOptions {
  readonly target: ReadyTarget;
  /** All steps of the run, by the number that a call carries; those of other targets too. */
  readonly steps: readonly StepSpec[];
  /** The run's clock. */
  readonly clock: Clock;
  /** Goes on from the first: connections are dialled and timed before the run's clock has begun. */
  readonly dialClock: Clock;
  readonly ids: RunIds;
  /** Draws how long the pauses after failed dials are. */
  readonly rng: Rng;
  /** The formats in which calls carry the trace context; empty for none. */
  readonly propagate: readonly PropagationFormat[];
  readonly events: DriverEvents;
}
