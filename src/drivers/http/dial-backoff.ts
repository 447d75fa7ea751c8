import {
  CANCELLED,
  type Clock,
  type Ns,
  NS_PER_MS,
  type OutcomeCode,
  TRANSPORT,
} from '../../core/index.ts';

const FIRST_WAIT_NS: Ns = 10 * NS_PER_MS;
const LONGEST_WAIT_NS: Ns = 100 * NS_PER_MS;

/**
 * Keeps a dead target from being dialled without pause: after each failure in a row the wait
 * doubles, 10 ms to 100 ms. It stays that short since calls wait meanwhile, and a target that comes
 * back is to be found soon.
 */
export class DialBackoff {
  readonly #clock: Clock;
  #waitNs: Ns = 0;
  #untilNs: Ns = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the last dial failed, so that one more try at a time is enough. */
  get isFailing(): boolean {
    return this.#waitNs > 0;
  }

  /** Returns how long to wait before the next dial; 0 for not at all. */
  leftNs(): Ns {
    return Math.max(0, this.#untilNs - this.#clock.nowNs());
  }

  /** A dial failed. Those that failed together count once. */
  failed(): void {
    if (this.leftNs() > 0) return;
    this.#waitNs = Math.min(LONGEST_WAIT_NS, Math.max(FIRST_WAIT_NS, this.#waitNs * 2));
    this.#untilNs = this.#clock.nowNs() + this.#waitNs;
  }

  /** A connection was closed while free: by a target that only takes them to close them, if unused. */
  lost(calls: number): void {
    if (calls === 0) this.failed();
  }

  /**
   * A call ended. A target that answers, or that takes its time, can be reached; also where it closes
   * after each answer.
   */
  callEnded(outcome: OutcomeCode): void {
    if (this.#waitNs > 0 && outcome !== TRANSPORT && outcome !== CANCELLED) this.succeeded();
  }

  succeeded(): void {
    this.#waitNs = 0;
    this.#untilNs = -Infinity;
  }
}
