import { performance } from 'node:perf_hooks';
import { type Clock, type Ns, NS_PER_MS } from '../core/index.ts';

/**
 * Bounds how long an answer may have been unread while the sending loop was busy: the uncertainty
 * of the measurement, since a time is too long by that much at most.
 *
 *   turn k      poll (sleeps) : reads ──┤ check │ timers, sends │
 *   turn k + 1                                                  poll (sleeps) : reads ─► answer
 *
 * A poll asks once which sockets have something, and then reads those: what comes during the reads
 * of turn k is read in turn k + 1. A loop falls asleep only where nothing is there. An answer read
 * in turn k + 1 therefore waited at most for the time that the loop was awake
 *
 *   since the check of turn k, where the loop slept in turn k + 1
 *   since the poll of turn k had asked, where it did not
 *
 * An unreferenced immediate marks each check, or a pacer that wakes there anyway: immediates are
 * most of what a loop that never sleeps allocates. The bound does not cover a process that was
 * frozen while it slept.
 */
export class LoopWatch {
  readonly #clock: Clock;
  readonly #timing = performance.nodeTiming;
  #isOn = false;
  /** The check before this turn. */
  #turnNs: Ns = 0;
  /** When the poll before that check had asked, at the earliest. */
  #askedNs: Ns = 0;
  /** The loop's total time asleep at the beginning of the turn. */
  #idleAtTurnMs = 0;
  /** Its total time asleep when it was last read. */
  #idleMs = 0;
  /**
   * The beginning of the turn plus the time that it slept. NaN until the turn reads an answer: the
   * sleep comes before the first one, and so the value is the same for all.
   */
  #awakeSinceNs = Number.NaN;
  /** From which moment on, in time awake, an answer of this turn may have been there. */
  #unreadSinceNs: Ns = 0;
  #busyNs: Ns = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Begins to watch every turn of the loop, without keeping the thread alive. `everyTurn` has a
   * function called behind each poll, where somebody is there anyway.
   */
  begin(everyTurn?: (each: () => void) => void): void {
    this.#isOn = true;
    this.#turnNs = this.#clock.nowNs();
    this.#idleAtTurnMs = this.#timing.idleTime;
    this.#turn();
    if (everyTurn === undefined) setImmediate(this.#again).unref();
    else everyTurn(this.#turn);
  }

  stop(): void {
    this.#isOn = false;
  }

  /** Returns how long an answer that is read at `readNs` may have been unread; at least 0. */
  unreadForNs(readNs: Ns): Ns {
    if (Number.isNaN(this.#awakeSinceNs)) {
      this.#idleMs = this.#timing.idleTime;
      this.#awakeSinceNs = this.#turnNs + this.#sleptNs();
      const hasSlept = this.#idleMs > this.#idleAtTurnMs;
      this.#unreadSinceNs = hasSlept ? this.#awakeSinceNs : this.#askedNs;
    }
    return Math.max(0, readNs - this.#unreadSinceNs);
  }

  /**
   * Returns how long the loop was awake in turns that read an answer, since the last call of this.
   * A loop that spins is always awake, but not busy in this sense.
   */
  takeBusyNs(): Ns {
    const busyNs = this.#busyNs;
    this.#busyNs = 0;
    return busyNs;
  }

  #sleptNs(): Ns {
    return Math.round((this.#idleMs - this.#idleAtTurnMs) * NS_PER_MS);
  }

  readonly #turn = (): void => {
    if (!this.#isOn) return;
    const nowNs = this.#clock.nowNs();
    // The loop sleeps once a turn, before its first answer: what was read then holds at its end.
    if (Number.isNaN(this.#awakeSinceNs)) this.#idleMs = this.#timing.idleTime;
    else this.#busyNs += nowNs - this.#awakeSinceNs;
    this.#askedNs = this.#turnNs + this.#sleptNs();
    this.#turnNs = nowNs;
    this.#idleAtTurnMs = this.#idleMs;
    this.#awakeSinceNs = Number.NaN;
  };

  readonly #again = (): void => {
    if (!this.#isOn) return;
    this.#turn();
    setImmediate(this.#again).unref();
  };
}
