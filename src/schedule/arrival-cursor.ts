import type { Ns } from '../core/index.ts';

/**
 * A walk over the open arrivals in their order, without an object per arrival. It is before the
 * first arrival until {@link advance} is called; its fields then describe the arrival it is at, and
 * go on doing so after the last one.
 *
 *     while (cursor.advance()) send(cursor.seq, cursor.intendedNs);
 */
export interface ArrivalCursor {
  /** Moves to the next arrival. Returns false, again and again, once there is none. */
  advance(): boolean;
  /** The arrival's number in the whole unsplit schedule: 0, 1, 2, ...; -1 before the first. */
  readonly seq: number;
  /** Which phase it belongs to, an index into the schedule's phases. */
  readonly phaseIndex: number;
  /**
   * Its number among all arrivals of its phase: 0, 1, 2, ..., gaps where others of the phase are in
   * other shards; in a replay the place in the recorded list. -1 before the first.
   */
  readonly indexInPhase: number;
  /** When it is due, ns since the start of the run; never less than the one before. */
  readonly intendedNs: Ns;
}
