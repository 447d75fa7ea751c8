import type { Clock, Ns, Timer } from '../core/index.ts';

export interface RunEndParts {
  readonly clock: Clock;
  /** Returns when the last arrival has come, at the latest. */
  readonly lastArrivalByNs: () => Ns;
  /** Ends the run where nothing is left to do. Returns whether it has ended. */
  readonly endIfDone: () => boolean;
  /** Ends the run with whatever is left. */
  readonly cancel: () => void;
}

/**
 * Looks whether the run is over when its last arrival has come, and cancels what is left in time.
 */
export class RunEnd {
  readonly #parts: RunEndParts;
  #cancelAtNs: Ns = Infinity;
  #timer: Timer | undefined;

  constructor(parts: RunEndParts) {
    this.#parts = parts;
  }

  /**
   * Watches from now on; what is left at `atNs` is cancelled. A second call can only shorten it.
   */
  cancelBy(atNs: Ns): void {
    this.#cancelAtNs = Math.min(this.#cancelAtNs, atNs);
    this.#watch();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A timer may fire a little early: then it is set again. */
  #watch(): void {
    const { clock, lastArrivalByNs, endIfDone, cancel } = this.#parts;
    const nowNs = clock.nowNs();
    this.#timer?.cancel();
    if (nowNs >= this.#cancelAtNs) {
      cancel();
      return;
    }
    if (endIfDone()) return;
    const lastNs = lastArrivalByNs();
    const nextNs = nowNs < lastNs ? lastNs : Infinity;
    const waitNs = Math.min(nextNs, this.#cancelAtNs) - nowNs;
    this.#timer = clock.after(waitNs, () => this.#watch());
  }
}
