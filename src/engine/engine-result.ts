import type { Ns, Outcome, RunPhase } from '../core/index.ts';

/**
 * What became of a run's arrivals. Nothing is lost: for flows of one step the finished calls sum to
 * the arrivals; for flows of steps in a row, over all phases,
 *
 *   sum of arrivals * steps of the flow
 *     = ok + status + timeout + transport + cancelled + rejected + fallback
 *       + abandonedSteps + sum of dropped * steps
 *
 * How many calls an iteration of a flow with a program makes (one with choices, loops, captures or
 * references) is known only once it was made. Each of its calls ends in one way,
 *
 *   calls made = ok + status + check + timeout + transport + cancelled + rejected + fallback
 *
 * and each arrival of it that was not dropped is one iteration that is over, whole or not.
 */
export interface EngineResult {
  readonly arrivals: number;
  /**
   * Attempts that were made, also those that were never sent. Without policies there is one of each
   * call.
   */
  readonly attempts: number;
  /** Calls by how they ended; `dropped` counts arrivals that found no free slot. */
  readonly finished: Readonly<Record<Outcome, number>>;
  /** Steps not made because an earlier step of their flow failed; of flows of steps in a row. */
  readonly abandonedSteps: number;
  /**
   * The phases as they took place: a closed one whose iterations were done before its time ends
   * then.
   */
  readonly phases: readonly RunPhase[];
  /** When the last call was over and the run with it. */
  readonly endedNs: Ns;
  /**
   * Whether {@link Engine.stop} cut it short: arrivals were left, or calls were cancelled for it.
   */
  readonly stopped: boolean;
}
