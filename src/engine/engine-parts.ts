import type { Clock, Ns, Rng } from '../core/index.ts';
import type { Scope } from '../flow/index.ts';
import type { Recorder } from '../record/index.ts';
import type { ReadyTarget } from '../scenario/index.ts';
import type { SaturatedPhase, Schedule, Shard } from '../schedule/index.ts';
import type { Driver, DriverEvents } from './driver.ts';
import type { Pacer } from './pacer.ts';
import type { RunPlan } from './run-plan.ts';
import type { Saturator, SaturatorEvents } from './saturator.ts';

/** What a driver is for. */
export interface DriverUse {
  /** Which of its target's endpoints it calls, from 0. */
  readonly endpoint: number;
  /** Whether it asks whether that is well, apart from the load; absent: no. */
  readonly isCheck?: boolean;
}

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
  /** Returns the driver of one endpoint: a target whose url is that of the endpoint. */
  readonly driverFor: (target: ReadyTarget, events: DriverEvents, use: DriverUse) => Driver;
  /** Returns what draws for one purpose: the same run, the same draws. */
  readonly rngFor: (purpose: string) => Rng;
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
  /**
   * Called when a second of the run is over, in their order, the last one mostly a part of one: the
   * moment to take the recorder's slice of it.
   */
  readonly onSecond: (second: number) => void;
}
