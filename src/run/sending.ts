import { NS_PER_SEC, type Clock, type Ms } from '../core/index.ts';
import type { ReadyScenario } from '../scenario/index.ts';
import type { HeldKind } from '../sender/index.ts';
import type { RunObserver } from './run-observer.ts';
import type { RunRecording, SentRun } from './run-recording.ts';

/** What sends a run is given, be its load fixed or a search. */
export interface SendingParts {
  readonly scenario: ReadyScenario;
  readonly runId: string;
  /** Which calls the senders hand out that are not kept. */
  readonly holds: HeldKind;
  /** Begins the run in the store, and its faults; its clock starts at the given wall time. */
  readonly begin: (startedEpochMs: Ms) => Promise<BegunRun>;
  readonly observer: RunObserver;
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

/** How far ahead a start is set, so that every sending thread hears of it in time. */
export const START_AHEAD_NS = NS_PER_SEC / 10;

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
