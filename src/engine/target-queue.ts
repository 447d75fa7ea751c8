import { CallQueue } from './call-queue.ts';
import type { Driver } from './driver.ts';
import type { LiveCall } from './live-call.ts';

/** One target: its driver, and the calls that wait for one of its connections, in order. */
export class TargetQueue {
  readonly driver: Driver;
  readonly #waiting = new CallQueue();

  constructor(driver: Driver) {
    this.driver = driver;
  }

  /** Sends a call, or lets it wait where no connection is free or others wait already. */
  go(call: LiveCall): void {
    if (this.#waiting.size === 0 && this.driver.hasFreeConnection()) {
      this.driver.start(call);
    } else {
      this.#waiting.push(call);
      this.driver.demand(this.#waiting.size);
    }
  }

  /** Sends calls that wait, the first first, while connections are free. */
  sendWaiting(): void {
    if (this.#waiting.size === 0) return;
    while (this.driver.hasFreeConnection()) {
      const call = this.#waiting.shift();
      if (call === undefined) break;
      this.driver.start(call);
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
