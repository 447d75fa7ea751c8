import { type Clock, type Ns, NS_PER_MS, type Rng } from '../../core/index.ts';

const FIRST_WAIT_NS: Ns = 10 * NS_PER_MS;
const LONGEST_WAIT_NS: Ns = 100 * NS_PER_MS;

/** A target of which so many dials at once go well is not held back any more. */
const AT_ONCE_FREE = 64;

/**
 * Keeps a target that cannot be reached from being dialled without pause, and one that can be
 * reached now and then from being dialled at once by everybody who waits:
 *
 * - a failure halves how many dials may be under way; a connection that proves good doubles it;
 * - from the second failure in a row on there is a pause, 10 ms, doubled by each up to 100 ms, and
 *   of each pause between half and all of it is taken, by the run's seed: several senders do not
 *   fall into step.
 *
 * It stays that short since calls wait meanwhile, and a target that comes back is to be found soon.
 */
export class DialBackoff {
  readonly #clock: Clock;
  readonly #rng: Rng;
  #failuresInRow = 0;
  #untilNs: Ns = -Infinity;
  #atOnceMax = Infinity;
  /** Dials that were under way at the last failure that counted: they fail with it. */
  #sameFailure = 0;
  /** Connections that were opened by dials of their own and have not proven good. */
  #unproven = 0;

  constructor(clock: Clock, rng: Rng) {
    this.#clock = clock;
    this.#rng = rng;
  }

  /** How many dials may be under way; at least 1. */
  get atOnceMax(): number {
    return this.#atOnceMax;
  }

  /** Returns how long to wait before the next dial; 0 for not at all. */
  leftNs(): Ns {
    return Math.max(0, this.#untilNs - this.#clock.nowNs());
  }

  /**
   * A dial ended well. Nothing is proven by that: it may be closed before any call. One that was
   * under way when others failed says nothing of what comes after them either.
   */
  opened(): void {
    if (this.#sameFailure > 0) this.#sameFailure--;
    else this.#unproven++;
  }

  /** A dial failed, `others` being under way still: those count as one failure with it. */
  failed(others: number): void {
    if (this.#sameFailure > 0) {
      this.#sameFailure--;
      return;
    }
    if (this.leftNs() > 0) return;
    this.#sameFailure = others;
    const atOnce = Math.min(this.#atOnceMax, others + 1);
    this.#atOnceMax = Math.max(1, Math.floor(atOnce / 2));
    this.#failuresInRow++;
    if (this.#failuresInRow === 1) return;
    const waitNs = Math.min(LONGEST_WAIT_NS, FIRST_WAIT_NS * 2 ** (this.#failuresInRow - 2));
    this.#untilNs = this.#clock.nowNs() + (waitNs * (1 + this.#rng.nextFloat())) / 2;
  }

  /** A connection is good: the first call on it was answered, or took its time. */
  proven(): void {
    if (this.#unproven === 0) return;
    this.#unproven--;
    this.#failuresInRow = 0;
    this.#untilNs = -Infinity;
    this.#atOnceMax = this.#atOnceMax >= AT_ONCE_FREE ? Infinity : this.#atOnceMax * 2;
  }
}
