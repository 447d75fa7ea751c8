import { type Clock, formatDuration, type Ns, NS_PER_SEC, type Timer } from '../core/index.ts';

/** How often a thread is asked for a sign of life. */
const TICK_NS = NS_PER_SEC / 2;
/** The user is told of a thread that is silent for so long; of one that is still loading, later. */
const TOLD_NS = 5 * NS_PER_SEC;
const TOLD_OF_NEW_NS = 20 * NS_PER_SEC;
/** A thread that is late and silent for so long is given up; sooner where somebody waits for it. */
const GIVEN_UP_NS = 10 * NS_PER_SEC;
const GIVEN_UP_HURRIED_NS = 2 * NS_PER_SEC;
/** How late a thread may be. */
const LATE_NS = 5 * NS_PER_SEC;
const LATE_HURRIED_NS = NS_PER_SEC / 2;

export interface ThreadWatchParts {
  readonly clock: Clock;
  /** Asks the thread for a sign of life. */
  readonly ask: () => void;
  /** Hears of a thread that has been silent, `has not answered for 5.00 s`, and that it is back. */
  readonly told: (text: string) => void;
  /** The thread is late, and has been silent for `silentNs`. */
  readonly giveUp: (silentNs: Ns) => void;
}

/**
 * Watches whether a thread answers. One that is kept by a loop without end, of a hook say, neither
 * sends nor hears that it is to stop: it is told of, and given up where it is also late. Silence is
 * counted in questions without an answer, so that a host that was frozen counts once.
 */
export class ThreadWatch {
  readonly #parts: ThreadWatchParts;
  #timer: Timer | undefined;
  #hasAnswered = true;
  #isNew = true;
  #silentNs: Ns = 0;
  #isTold = false;
  #isHurried = false;
  /** When its work is to be done; Infinity while it waits for orders. */
  #doneByNs = Infinity;

  constructor(parts: ThreadWatchParts) {
    this.#parts = parts;
    this.#arm();
  }

  /** Takes up a sign of life. */
  heard(): void {
    this.#hasAnswered = true;
    this.#isNew = false;
  }

  /** Takes up that the thread's work is to be done within a time. */
  expectDone(withinNs: Ns): void {
    this.#doneByNs = this.#parts.clock.nowNs() + withinNs;
  }

  /** Takes up that the thread was asked to stop: within a time, whatever was expected of it. */
  hurry(withinNs: Ns): void {
    this.#isHurried = true;
    this.#doneByNs = Math.min(this.#doneByNs, this.#parts.clock.nowNs() + withinNs);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer = this.#parts.clock.after(TICK_NS, () => this.#look());
  }

  #look(): void {
    const { clock, ask, told, giveUp } = this.#parts;
    const wasSilentNs = this.#silentNs;
    this.#silentNs = this.#hasAnswered ? 0 : wasSilentNs + TICK_NS;
    if (this.#hasAnswered && this.#isTold) {
      this.#isTold = false;
      told(`answers again, after ${formatDuration(wasSilentNs)}`);
    }
    const lateNs = this.#isHurried ? LATE_HURRIED_NS : LATE_NS;
    const silentMaxNs = this.#isHurried ? GIVEN_UP_HURRIED_NS : GIVEN_UP_NS;
    if (clock.nowNs() >= this.#doneByNs + lateNs && this.#silentNs >= silentMaxNs) {
      giveUp(this.#silentNs);
      return;
    }
    if (!this.#isTold && this.#silentNs >= (this.#isNew ? TOLD_OF_NEW_NS : TOLD_NS)) {
      this.#isTold = true;
      told(`has not answered for ${formatDuration(this.#silentNs)}`);
    }
    this.#hasAnswered = false;
    ask();
    this.#arm();
  }
}
