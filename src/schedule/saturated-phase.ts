import type { Ns } from '../core/index.ts';

/** A phase in which as many calls are made as the target answers. */
export interface SaturatedPhase {
  /** An index into the schedule's phases. */
  readonly phaseIndex: number;
  readonly fromNs: Ns;
  readonly toNs: Ns;
  readonly connections: number;
  /** Calls under way at once on one connection. */
  readonly pipelining: number;
}
