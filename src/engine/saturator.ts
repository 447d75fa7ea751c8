import type { Ns } from '../core/index.ts';
import type { LiveCall } from './live-call.ts';

/** What a saturator reports to the engine. */
export interface SaturatorEvents {
  /**
   * Takes up that a call is made now. Returns it with its numbers, its phase and its step; the
   * saturator sets what a driver sets, beginning with `sentNs`.
   */
  calling(): LiveCall;
  /** The call is over and every field of the driver's group is set; the slot may be used again. */
  finished(call: LiveCall): void;
  /** A connection was opened in `tookNs`; `again` where it replaces one that was lost. */
  connected(tookNs: Ns, again: boolean): void;
  /** A connection could not be opened, for the reason that `error` names in short, fixed words. */
  connectFailed(error: string): void;
}

/**
 * Makes as many calls of one step as the target answers: it decides by itself when one is made, and
 * the engine counts and records them. A call that fails is data: nothing is thrown.
 */
export interface Saturator {
  /** Makes calls from now on. */
  start(): void;
  /** Makes no more; those under way go on. May be called again, and before {@link start}. */
  stop(): void;
  /** Ends every call under way as cancelled, and closes all connections. */
  close(): void;
}
