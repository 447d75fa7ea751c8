import type { Clock, Ns, Timer } from '../../core/index.ts';
import type { DriverCall } from '../../engine/index.ts';

/** Something with a bound, Infinity while it has none. */
export interface Bounded {
  readonly deadlineNs: Ns;
  /** Ends what is past its bound. */
  expire(): void;
}

/** All that may have a bound now. */
export interface AllBounded extends Iterable<Bounded> {
  has(one: Bounded): boolean;
}

/** Returns the bound of a call that was sent now: its step's timeout, or what comes before. */
export function boundNs({ sentNs, deadlineNs }: DriverCall, timeoutNs: Ns): Ns {
  return Math.min(sentNs + timeoutNs, Math.max(sentNs + 1, deadlineNs));
}

/** Ends what is past its bound: one timer, set for the earliest, serves all. */
export class DeadlineWatch {
  readonly #clock: Clock;
  readonly #all: AllBounded;
  #timer: Timer | undefined;
  #atNs: Ns = Infinity;
  #isStopped = false;

  /** Watches whatever is in `all` when a bound has come. */
  constructor(clock: Clock, all: AllBounded) {
    this.#clock = clock;
    this.#all = all;
  }

  /** Takes up that something is bounded by `deadlineNs`. */
  watch(deadlineNs: Ns): void {
    if (deadlineNs < this.#atNs) this.#setFor(deadlineNs);
  }

  /** Ends nothing any more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #setFor(atNs: Ns): void {
    if (this.#isStopped) return;
    this.#timer?.cancel();
    this.#atNs = atNs;
    this.#timer = afterPoll(this.#clock, atNs - this.#clock.nowNs(), () => this.#expireDue());
  }

  #expireDue(): void {
    this.#atNs = Infinity;
    const nowNs = this.#clock.nowNs();
    let nextNs = Infinity;
    for (const one of [...this.#all]) {
      // What ended before it may have ended this one too: a hedge and its call, say.
      if (!this.#all.has(one)) continue;
      if (one.deadlineNs <= nowNs) one.expire();
      else nextNs = Math.min(nextNs, one.deadlineNs);
    }
    this.watch(nextNs);
  }
}

/**
 * Calls `fire` `delayNs` from now, and after the loop has polled its sockets: answers and
 * connections that are already there are taken first, so that a pause of our own is no timeout of
 * the target.
 */
export function afterPoll(clock: Clock, delayNs: Ns, fire: () => void): Timer {
  let isOff = false;
  const timer = clock.after(delayNs, () => {
    setImmediate(() => {
      if (!isOff) fire();
    });
  });
  return {
    cancel: () => {
      isOff = true;
      timer.cancel();
    },
  };
}
