import { AlarmQueue } from './alarm-queue.ts';
import type { Clock, Timer } from './clock.ts';
import type { Ms, Ns } from './units.ts';

/**
 * A clock that moves only when it is advanced. Timers fire in the order of their times, and in the
 * order in which they were set where the times are equal.
 */
export class VirtualClock implements Clock {
  readonly originEpochMs: Ms;
  #nowNs: Ns = 0;
  readonly #alarms = new AlarmQueue();

  constructor(originEpochMs: Ms = 0) {
    this.originEpochMs = originEpochMs;
  }

  nowNs(): Ns {
    return this.#nowNs;
  }

  after(delayNs: Ns, fire: () => void): Timer {
    return this.#alarms.set(this.#nowNs + Math.max(0, delayNs), fire);
  }

  /** Moves the time on by `byNs`, firing on the way what falls due, also what that sets anew. */
  advance(byNs: Ns): void {
    const untilNs = this.#nowNs + byNs;
    const alarms = this.#alarms;
    for (let due = alarms.takeDue(untilNs); due; due = alarms.takeDue(untilNs)) {
      this.#nowNs = due.dueNs;
      due.fire();
    }
    this.#nowNs = untilNs;
  }
}
