import type { RecordSlice } from '../record/index.ts';
import type { Scenario } from '../scenario/index.ts';
import type { Schedule } from '../schedule/index.ts';

/** Hears how a run goes while it goes on. */
export interface RunObserver {
  /** The run is in the store from now on, under this id. */
  begun(runId: string): void;
  /** Takes a line for people. What services and hooks wrote may be in it, byte for byte. */
  note(text: string): void;
  /** Takes a second of the load, in order. */
  second(second: ObservedSecond): void;
  /** No further second comes. May be called again. */
  loadEnded(): void;
}

/** A part of a run that is sent for itself: the whole load, a search's warm-up, or a probe. */
export interface Segment {
  readonly scenario: Scenario;
  readonly schedule: Schedule;
}

/** What was recorded in one second of the load. */
export interface ObservedSecond {
  /** On the clock of the segment. */
  readonly slice: RecordSlice;
  /** What is sent meanwhile: the whole load, or one probe of a search. */
  readonly segment: Segment;
  /** Names of the faults that are active now. */
  readonly activeFaults: readonly string[];
}
