import { NS_PER_MS, NS_PER_SEC, type Clock, type Ms, type Ns } from '../core/index.ts';
import type { ReadyScenario } from '../scenario/index.ts';
import type { HeldKind, SpareThreads } from '../sender/index.ts';
import type { LoadJudge } from './load-judge.ts';
import type { RunObserver } from './run-observer.ts';
import type { RunRecording, SentRun } from './run-recording.ts';

/** What sends a run is given, be its load fixed or a search. */
export interface SendingParts {
  readonly scenario: ReadyScenario;
  readonly runId: string;
  /** Sending threads that may be there already; absent: all are started. */
  readonly threads?: SpareThreads | undefined;
  /** Which calls the senders hand out that are not kept. */
  readonly holds: HeldKind;
  /**
   * Begins the run in the store, and its faults. Its clock starts so long after this is called, or
   * later, where the store keeps it waiting.
   */
  readonly begin: (aheadNs: Ns) => Promise<BegunRun>;
  readonly observer: RunObserver;
  /** Looks at a load that is no search; absent for none. */
  readonly judge?: LoadJudge | undefined;
  /** Asks for an early end: calls under way may finish, and results are kept. */
  readonly stop: AbortSignal;
  /** Aborted when the run failed: nothing more is sent. */
  readonly abandon: AbortSignal;
}

/** A run whose clock has started, or is about to. */
export interface BegunRun {
  readonly startedEpochMs: Ms;
  readonly clock: Clock;
  readonly recording: RunRecording;
  /** Ends the faults that are still active; before the teardown. May be called again. */
  endFaults(): Promise<void>;
}

/** A run all of whose calls are over. */
export interface FinishedLoad {
  readonly begun: BegunRun;
  readonly sent: SentRun;
}

/** How far ahead an order is given, so that every sending thread hears of it in time. */
export const ORDER_AHEAD_NS = 100 * NS_PER_MS;

/**
 * How far ahead the start of a load is set: while its threads hear of it, the store takes the run.
 */
export const START_AHEAD_NS = 60 * NS_PER_MS;

/** How long calls under way may finish after a request to stop. */
export const STOP_GRACE_NS = 2 * NS_PER_SEC;

/**
 * Calls `handle` once: now where the signal is aborted, else when it is. Returns how to leave off.
 */
export function onAbort(signal: AbortSignal, handle: () => void): () => void {
  if (signal.aborted) handle();
  else signal.addEventListener('abort', handle, { once: true });
  return () => signal.removeEventListener('abort', handle);
}
