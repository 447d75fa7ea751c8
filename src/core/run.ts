import type { Ms, Ns } from './units.ts';

/** `running` also stands for a run whose process died: nothing came after. */
export type RunStatus = 'running' | 'complete' | 'partial';

/**
 * What makes a phase's calls start. `open`: a rate, whatever became of the calls before. `closed`:
 * virtual users, each of which waits for its answer first, so that no queue can show.
 */
export type LoadModel = 'open' | 'closed';

/**
 * A phase as it was scheduled: `fromNs` and `toNs` count from the start of the run. A closed phase
 * whose iterations were done before its time ends then.
 */
export interface RunPhase {
  readonly name: string;
  readonly fromNs: Ns;
  readonly toNs: Ns;
  readonly model: LoadModel;
  /** False for a warm-up, whose calls no result counts. */
  readonly measured: boolean;
}

/** One run, as the store keeps it. */
export interface RunRecord {
  /** 16 lower-case hex digits; the first half of every trace id that the run minted. */
  readonly runId: string;
  readonly scenario: string;
  readonly startedEpochMs: Ms;
  /** When the last call ended; 0 while the run goes on. */
  readonly endedEpochMs: Ms;
  readonly status: RunStatus;
  readonly seed: number;
  readonly phases: readonly RunPhase[];
  /** The scenario file as it was read. */
  readonly source: string;
  readonly harnessVersion: string;
  /** Where it ran: node version, platform, cores. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What a fault acts on: what passes a proxy, a service of the run, or a process that was there before. */
export const FAULT_PLACE_KINDS = ['proxy', 'service', 'process'] as const;
export type FaultPlaceKind = (typeof FAULT_PLACE_KINDS)[number];

/** A time in which one fault was active, as it really began and ended. */
export interface FaultWindow {
  readonly fault: string;
  readonly placeKind: FaultPlaceKind;
  /** The name of the proxy or service, or the process's id. */
  readonly place: string;
  /** The toxic's type, `latency` say; of a service or process `pause` or `kill`. */
  readonly effect: string;
  /** What it was told, by name, a unit last in it. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly fromNs: Ns;
  readonly toNs: Ns;
}

/** Attribute of the window of a fault that the scenario gave no time. */
export const LASTING: Readonly<Record<string, string>> = { during: 'run' };

/**
 * Returns whether the fault was meant to last the whole run: then it is a condition under which all
 * was measured, and takes nothing from the healthy time.
 */
export function isLasting({ attributes }: FaultWindow): boolean {
  return attributes['during'] === LASTING['during'];
}

/** Returns whether [fromNs, toNs] and the window share a moment. */
export function overlaps(window: FaultWindow, fromNs: Ns, toNs: Ns): boolean {
  return fromNs <= window.toNs && toNs >= window.fromNs;
}
