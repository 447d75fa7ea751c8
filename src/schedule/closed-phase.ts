import { drawAt, hashText, type Ns, type RunPhase } from '../core/index.ts';
import type { UsersSpec } from '../scenario/index.ts';

/** A phase of the closed model, as far as it is known before any clock starts. */
export interface ClosedPhase {
  /** An index into the schedule's phases. */
  readonly phaseIndex: number;
  readonly fromNs: Ns;
  readonly toNs: Ns;
  /** How many virtual users there are. */
  readonly userCount: number;
  /** Iterations of all users together; Infinity where only the time bounds them. */
  readonly iterations: number;
  /**
   * Returns how long the user pauses who made the arrival `seq`: a function of the seed, the
   * phase's name and that number alone, evenly distributed from the shortest to the longest pause.
   */
  thinkNs(seq: number): Ns;
}

/** Returns the closed phase that the users of a scenario's phase make. */
export function closedPhase(
  { count, iterations, think }: UsersSpec,
  phase: RunPhase,
  { seed, phaseIndex }: { readonly seed: number; readonly phaseIndex: number },
): ClosedPhase {
  const purpose = hashText(`think/${phase.name}`);
  const widthNs = think.maxNs - think.minNs;
  return {
    phaseIndex,
    fromNs: phase.fromNs,
    toNs: phase.toNs,
    userCount: count,
    iterations,
    thinkNs: (seq) =>
      widthNs === 0 ? think.minNs : think.minNs + Math.round(widthNs * drawAt(seed, purpose, seq)),
  };
}
