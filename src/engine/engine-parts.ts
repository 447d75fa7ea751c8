import type { Clock, Ns } from '../core/index.ts';
import type { Scope } from '../flow/index.ts';
import type { Recorder, RecordSlice } from '../record/index.ts';
import type { ReadyTarget } from '../scenario/index.ts';
import type { SaturatedPhase, Schedule, Shard } from '../schedule/index.ts';
import type { Driver, DriverEvents } from './driver.ts';
import type { Pacer } from './pacer.ts';
import type { RunPlan } from './run-plan.ts';
import type { Saturator, SaturatorEvents } from './saturator.ts';

/** What an engine is made of. */
export interface EngineParts {
  readonly clock: Clock;
  readonly pacer: Pacer;
  readonly schedule: Schedule;
  /** Which of the schedule's arrivals are this engine's; {@link UNSPLIT} for all of them. */
  readonly shard: Shard;
  /** The number of the unsplit schedule's first arrival; absent: 0. */
  readonly firstSeq?: number;
  readonly plan: RunPlan;
  readonly recorder: Recorder;
  readonly driverFor: (target: ReadyTarget, events: DriverEvents) => Driver;
  /** Returns a scope for one iteration after another. */
  readonly newScope: () => Scope;
  /** Told of every hook that fails, and why. */
  readonly onHookFailure?: (error: string) => void;
  /** Needed where the schedule has saturated phases. */
  readonly saturatorFor?: (phase: SaturatedPhase, events: SaturatorEvents) => Saturator;
  /**
   * Most arrivals that wait or are on the wire at once; those of virtual users are never dropped.
   */
  readonly maxInFlight: number;
  /** How long calls may finish after the end of the schedule. */
  readonly gracefulStopNs: Ns;
  /** Called for every second of the run in their order, the last one mostly a part of one. */
  readonly onSlice: (slice: RecordSlice) => void;
}
