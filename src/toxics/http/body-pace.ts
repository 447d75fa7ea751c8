import { NS_PER_SEC, type Clock, type Ns, type Timer } from '../../core/index.ts';
import type { ToxicWatcher } from '../toxic.ts';
import type { BodyRate } from './request-plan.ts';

const SLICES_PER_SEC = 20;

/**
 * How fast the body of an answer may go: no faster than the slowest of its rates. It goes in
 * slices, each of which is waited for as long as it takes at the rate, counted from when the body
 * began, so that late timers do not add up. A rate whose toxic leaves, or has its window end, holds
 * no more.
 *
 *     slice ─► paid ──── timer ────► slice ─► paid ── ...          stalled: a rate of 0 holds
 */
export class BodyPace {
  readonly #clock: Clock;
  readonly #goOn: () => void;
  readonly #rates = new Map<BodyRate, ToxicWatcher>();
  #timer: Timer | undefined;
  /** When all that went is due to have gone. */
  #paidNs: Ns;

  /**
   * `goOn` is called when what was waited for has come: a wait is over, or a rate holds no more.
   */
  constructor(rates: readonly BodyRate[], clock: Clock, goOn: () => void) {
    this.#clock = clock;
    this.#goOn = goOn;
    this.#paidNs = clock.nowNs();
    for (const rate of rates) this.#hold(rate);
  }

  /** Whether no body goes until a toxic leaves. */
  get isStalled(): boolean {
    return this.#bytesPerSec() <= 0;
  }

  /** Whether what went last is not paid for. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  /** How much may go at once, 1 or more; Infinity where nothing slows it. */
  get sliceBytes(): number {
    return Math.max(1, Math.floor(this.#bytesPerSec() / SLICES_PER_SEC));
  }

  /** Waits as long as these bytes take; they have gone. */
  pay(byteLength: number): void {
    const rate = this.#bytesPerSec();
    if (rate === Infinity || rate <= 0) return;
    const nowNs = this.#clock.nowNs();
    // Bytes that came late do not earn the right to a burst of more than a slice.
    const fromNs = Math.max(this.#paidNs, nowNs - NS_PER_SEC / SLICES_PER_SEC);
    this.#paidNs = fromNs + (byteLength * NS_PER_SEC) / rate;
    if (this.#paidNs <= nowNs) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(this.#paidNs - nowNs, () => this.#resume());
  }

  /** The body has gone, or nobody waits for it: nothing is called any more. */
  end(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const [{ of }, watcher] of this.#rates) of?.unwatch(watcher);
    this.#rates.clear();
  }

  #hold(rate: BodyRate): void {
    const drop = (): void => {
      if (this.#rates.delete(rate)) this.#resume();
    };
    const watcher = { windowEnded: drop, left: drop };
    if (rate.of?.isOver() === true) return;
    this.#rates.set(rate, watcher);
    rate.of?.watch(watcher);
  }

  /** What was waited for at a rate that holds no more is not waited for any longer. */
  #resume(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#goOn();
  }

  #bytesPerSec(): number {
    let slowest = Infinity;
    for (const { bytesPerSec } of this.#rates.keys()) slowest = Math.min(slowest, bytesPerSec);
    return slowest;
  }
}
