import type { Ms } from './units.ts';

/** What the alarm thread is made with. */
export interface AlarmInput {
  readonly originEpochMs: Ms;
  /** See {@link AlarmCells}. */
  readonly shared: SharedArrayBuffer;
}

/** No alarm is set. */
export const NO_ALARM_NS = 2n ** 63n - 1n;
/** The thread is to end. */
export const STOP = -1n;

/** The memory that the loop and its alarm thread share: when to wake the loop. */
export class AlarmCells {
  static readonly byteLength = 16;
  /** Counts the changes of `wakeNs`: what the thread sleeps on. */
  readonly changes: Int32Array<SharedArrayBuffer>;
  /** One cell: when the loop is to be woken, ns of its clock; NO_ALARM_NS, STOP. */
  readonly wakeNs: BigInt64Array<SharedArrayBuffer>;

  constructor(shared: SharedArrayBuffer) {
    this.changes = new Int32Array(shared, 0, 1);
    this.wakeNs = new BigInt64Array(shared, 8, 1);
  }

  /** Tells the thread when to wake the loop next. */
  tell(wakeNs: bigint): void {
    Atomics.store(this.wakeNs, 0, wakeNs);
    Atomics.add(this.changes, 0, 1);
    Atomics.notify(this.changes, 0);
  }
}
