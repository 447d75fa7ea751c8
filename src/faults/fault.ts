import type { FaultPlaceKind, Ns } from '../core/index.ts';
import type { ToxicSpec } from '../toxics/index.ts';

/** A fault of a scenario: a toxic on a proxy, or a signal to a process. */
export type FaultSpec = ToxicFaultSpec | ProcessFaultSpec;

/** A toxic on a proxy. */
export interface ToxicFaultSpec {
  readonly name: string;
  readonly proxy: string;
  readonly toxic: ToxicSpec;
  readonly process?: never;
  /** Absent: from before the first arrival until after the last call. */
  readonly during?: FaultTime;
  /** Settings of the toxic that are measured: read out of the store before the run starts. */
  readonly measured?: readonly MeasuredDelay[];
}

/** What is done to a process and all that it started. */
export interface ProcessFaultSpec {
  readonly name: string;
  readonly process: ProcessTarget;
  readonly does: ProcessEffect;
  readonly proxy?: never;
  readonly toxic?: never;
  readonly during: FaultTime;
}

/** A service of the run, by its name, or a process that was there before, by its id. */
export type ProcessTarget =
  | { readonly service: string; readonly pid?: never }
  | { readonly pid: number; readonly service?: never };

/**
 * `pause`: SIGSTOP, and SIGCONT at the end. `kill`: the signal; a service of the run is started
 * again at the end, a process that was there before is not.
 */
export type ProcessEffect =
  | { readonly kind: 'pause' }
  | { readonly kind: 'kill'; readonly signal: KillSignal };

export const KILL_SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
export type KillSignal = (typeof KILL_SIGNALS)[number];

/** When a fault is active. */
export interface FaultTime {
  readonly phase: string;
  /** From the start of the phase. */
  readonly fromNs: Ns;
  readonly durationNs: Ns;
  /**
   * From one beginning to the next, for as often as all of it fits into the phase; absent: once.
   */
  readonly everyNs?: Ns;
}

/** A delay as a stored run measured it. */
export interface MeasuredDelay {
  /** The setting that takes it, by its name in code. */
  readonly setting: string;
  /** A run id, or `latest`. */
  readonly run: string;
  readonly step: string;
  /** `service` for the target's own time, `response` for the time with its queues. */
  readonly clock: 'service' | 'response';
  /** Only calls of this phase; '' for all that were measured. */
  readonly phase: string;
}

/** Returns what a fault acts on, and what it does there, as its windows say it. */
export function placeOf(fault: FaultSpec): {
  readonly placeKind: FaultPlaceKind;
  readonly place: string;
  readonly effect: string;
} {
  if (fault.process === undefined) {
    return { placeKind: 'proxy', place: fault.proxy, effect: fault.toxic.type };
  }
  const { service, pid } = fault.process;
  return service === undefined
    ? { placeKind: 'process', place: String(pid), effect: fault.does.kind }
    : { placeKind: 'service', place: service, effect: fault.does.kind };
}
