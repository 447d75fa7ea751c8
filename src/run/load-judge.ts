import type { LoadEnd, Ns } from '../core/index.ts';
import type { RecordSlice } from '../record/index.ts';

/** Why a load is to end while it goes on. */
export interface EarlyEnd extends Pick<LoadEnd, 'reason'> {
  readonly kind: Exclude<LoadEnd['kind'], 'bound'>;
  /**
   * From when on nothing more begins, on the run's clock; absent: the next whole second, so that
   * every second of the run but its last is whole.
   */
  readonly atNs?: Ns;
}

/**
 * Looks at a load while it goes on, and may end it in order: no further call begins, calls under
 * way finish, and the run is complete. It is asked no more once it has ended the load.
 *
 *     0 s             planned end       bound, `extendNs` later
 *     ├───────────────┼─ ─ ─ ─ ─ ─ ─ ─ ─┤
 *      ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲ ▲       asked after every second
 */
export interface LoadJudge {
  /**
   * How long the load may go on past its planned end: it does unless an end is returned. 0 for a
   * load that may only end early.
   */
  readonly extendNs: Ns;
  /** Why it was not ended, for people, where it was extended to the bound. */
  readonly boundReason: string;
  /**
   * Takes the second that has ended, all threads together, on the run's clock: each once, in their
   * order. Returns why the load is to end, undefined to let it go on. While an answer is awaited
   * seconds come on; answers are heeded in the order of the questions.
   */
  second(slice: RecordSlice): EarlyEnd | undefined | Promise<EarlyEnd | undefined>;
}
