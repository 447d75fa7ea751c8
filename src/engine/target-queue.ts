import type { Clock } from '../core/index.ts';
import { CallQueue } from './call-queue.ts';
import type { Driver } from './driver.ts';
import type { LiveCall } from './live-call.ts';

/**
 * One endpoint of a target: its driver, and the calls that wait for one of its connections, in
 * order.
 */
export class TargetQueue {
  readonly driver: Driver;
  readonly #clock: Clock;
  readonly #expired: (call: LiveCall) => void;
  readonly #waiting = new CallQueue();

  /** `expired`: the time of a call was up before a connection was free for it. */
  constructor(driver: Driver, clock: Clock, expired: (call: LiveCall) => void) {
    this.driver = driver;
    this.#clock = clock;
    this.#expired = expired;
  }

  /**
   * Sends a call, or lets it wait where no connection is free or others wait already. Returns
   * whether it is sent.
   */
  go(call: LiveCall): boolean {
    if (this.#waiting.size === 0 && this.driver.hasFreeConnection()) {
      this.driver.start(call);
      return true;
    }
    this.#waiting.push(call);
    this.driver.demand(this.#waiting.size);
    return false;
  }

  /** Takes a call out of those that wait. Returns whether it was there. */
  withdraw(call: LiveCall): boolean {
    if (!this.#waiting.remove(call)) return false;
    this.driver.demand(this.#waiting.size);
    return true;
  }

  /** Sends calls that wait, the first first, while connections are free. */
  sendWaiting(): void {
    if (this.#waiting.size === 0) return;
    while (this.driver.hasFreeConnection()) {
      const call = this.#waiting.shift();
      if (call === undefined) break;
      if (call.deadlineNs < Infinity && call.deadlineNs <= this.#clock.nowNs()) this.#expired(call);
      else this.driver.start(call);
    }
    this.driver.demand(this.#waiting.size);
  }

  /** Takes the calls that wait now out of the queue, the first first, and hands each to `end`. */
  endWaiting(end: (call: LiveCall) => void): void {
    for (let left = this.#waiting.size; left > 0; left--) {
      const call = this.#waiting.shift();
      if (call !== undefined) end(call);
    }
    this.driver.demand(this.#waiting.size);
  }
}
