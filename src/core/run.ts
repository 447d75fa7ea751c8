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

/** A time in which one fault was active, as it really began and ended. */
export interface FaultWindow {
  readonly fault: string;
  readonly proxy: string;
  /** The toxic's type, `latency` say. */
  readonly toxic: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly fromNs: Ns;
  readonly toNs: Ns;
}

/** Returns whether [fromNs, toNs] and the window share a moment. */
export function overlaps(window: FaultWindow, fromNs: Ns, toNs: Ns): boolean {
  return fromNs <= window.toNs && toNs >= window.fromNs;
}
