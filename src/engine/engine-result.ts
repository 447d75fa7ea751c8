import type { Ns, Outcome, RunPhase } from '../core/index.ts';

/**
 * What became of a run's arrivals. Nothing is lost: for flows of one step the finished calls sum to
 * the arrivals; in general, over all phases,
 *
 *   sum of arrivals * steps of the flow
 *     = ok + status + timeout + transport + cancelled + abandonedSteps + sum of dropped * steps
 */
export interface EngineResult {
  readonly arrivals: number;
  /** Calls by how they ended; `dropped` counts arrivals that found no free slot. */
  readonly finished: Readonly<Record<Outcome, number>>;
  /** Steps not made because an earlier step of their flow failed. */
  readonly abandonedSteps: number;
  /** The phases as they took place: a closed one whose iterations were done before its time ends then. */
  readonly phases: readonly RunPhase[];
  /** When the last call was over and the run with it. */
  readonly endedNs: Ns;
  /** Whether {@link Engine.stop} cut it short: arrivals were left, or calls were cancelled for it. */
  readonly stopped: boolean;
}
