import { performance } from 'node:perf_hooks';
import { type Clock, type Ns, NS_PER_MS } from '../core/index.ts';

/**
 * Knows how long an answer may have lain unread because the sending loop was busy elsewhere: the
 * measurement's own uncertainty, by which a time is too long at most.
 *
 *   turn k      ... poll: reads ──┤ check │ timers, sends │ poll (sleeps) : reads ─► answer
 *   turn k + 1                            └──── busy ─────┘   ┄┄ idle ┄┄    └ busy ┘
 *
 * Whatever lay there before the poll of turn k was read in it; so an answer that is read in turn
 * k + 1 came after that poll, and waited for no more than the time since then in which the loop did
 * not sleep: asleep, it would have woken for it. The end of a poll is marked by an immediate that
 * does not keep the loop awake, once a turn. What the bound does not see is a process that was frozen
 * while it slept.
 */
export class LoopWatch {
  readonly #clock: Clock;
  readonly #timing = performance.nodeTiming;
  #isOn = false;
  #turnNs: Ns = 0;
  /** The loop's total time asleep, as it was at the turn's beginning. */
  #idleAtTurnMs = 0;
  /**
   * When the turn began, and how long it slept since, taken together; NaN until an answer is read
   * in it: the sleep comes before the first, so that it is the same for all.
   */
  #awakeSinceNs = Number.NaN;
  #busyNs: Ns = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Watches every turn of the loop from now on; does not keep the thread alive. */
  begin(): void {
    this.#isOn = true;
    this.#turn();
  }

  stop(): void {
    this.#isOn = false;
  }

  /** Returns for how long an answer that is read at `readNs` may have lain there; 0 at the least. */
  unreadForNs(readNs: Ns): Ns {
    if (Number.isNaN(this.#awakeSinceNs)) {
      const sleptMs = this.#timing.idleTime - this.#idleAtTurnMs;
      this.#awakeSinceNs = this.#turnNs + Math.round(sleptMs * NS_PER_MS);
    }
    return Math.max(0, readNs - this.#awakeSinceNs);
  }

  /**
   * Returns for how long the loop was awake in turns in which it read an answer, since the last time,
   * and begins anew. A loop that spins is awake always, but not busy in this sense.
   */
  takeBusyNs(): Ns {
    const busyNs = this.#busyNs;
    this.#busyNs = 0;
    return busyNs;
  }

  readonly #turn = (): void => {
    if (!this.#isOn) return;
    const nowNs = this.#clock.nowNs();
    if (!Number.isNaN(this.#awakeSinceNs)) this.#busyNs += nowNs - this.#awakeSinceNs;
    this.#turnNs = nowNs;
    this.#idleAtTurnMs = this.#timing.idleTime;
    this.#awakeSinceNs = Number.NaN;
    setImmediate(this.#turn).unref();
  };
}
