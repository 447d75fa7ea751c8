import { type Clock, type Ns, NS_PER_US } from '../core/index.ts';
import type { Pacer } from './pacer.ts';

/** How long the sockets may go unpolled while nobody waits for an answer. */
const UNPOLLED_NS_MAX = 20 * NS_PER_US;

/**
 * Keeps the sending loop awake for the whole run: no wake-up is ever late, at the price of a core.
 * Between two looks at the clock the sockets are polled, so answers are read as soon as they come.
 *
 *   an answer is awaited   │ poll │ look │ poll │ look │ poll │ look │
 *   none is                │ poll │ look look look ... (20 us) look │ poll │
 *
 * A turn of the loop leaves 0.3 KB of garbage, and each collection is a pause: while no answer can
 * come, the loop looks on in its place.
 */
export class SpinPacer implements Pacer {
  readonly #clock: Clock;
  #stopped = false;
  #each: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  everyTurn(each: () => void): void {
    this.#each = each;
  }

  start(wake: () => Ns, isAwaiting: () => boolean): void {
    const spin = (): void => {
      if (this.#stopped) return;
      this.#each();
      const dueNs = wake();
      if (!isAwaiting() && this.#isDueSoon(dueNs)) {
        // Nothing was there to be read until now: for the watch a turn begins here.
        this.#each();
        wake();
      }
      setImmediate(spin);
    };
    spin();
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Looks at the clock until `dueNs`, for a while at most. Returns whether that has come. */
  #isDueSoon(dueNs: Ns): boolean {
    const untilNs = this.#clock.nowNs() + UNPOLLED_NS_MAX;
    for (;;) {
      const nowNs = this.#clock.nowNs();
      if (nowNs >= dueNs) return true;
      if (nowNs >= untilNs) return false;
    }
  }
}
