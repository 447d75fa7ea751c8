import { invariant, type Ns } from '../core/index.ts';
import { LatencyWindow } from './latency-window.ts';
import type { HedgeSpec } from './policy.ts';

/** Hedges that calls without one leave for later ones, at most. */
const SAVED_MAX = 10;
const ROUNDING = 1e-9;

/**
 * When a second attempt is made beside the first, and whether it may be: n calls pay for at most
 * n * extraRatioMax hedges, and ten of those are kept for when they are wanted. The first calls
 * have none.
 */
export class HedgeDelay {
  readonly #spec: HedgeSpec;
  readonly #window: LatencyWindow | undefined;
  #saved = 0;

  constructor(spec: HedgeSpec) {
    this.#spec = spec;
    this.#window = 'quantile' in spec.after ? new LatencyWindow(spec.after.quantile) : undefined;
  }

  /** Returns how long after the first attempt was sent; Infinity while too few are known. */
  delayNs(): Ns {
    if ('delayNs' in this.#spec.after) return this.#spec.after.delayNs;
    invariant(this.#window !== undefined, 'what is no delay is a quantile');
    return this.#window.quantileNs;
  }

  /**
   * A first attempt took so long, or that long until it was given up for its hedge: it would have
   * taken longer still, and a rank above the delay is all that matters. Hedges are not told, nor
   * attempts that failed.
   */
  record(tookNs: Ns): void {
    this.#window?.record(tookNs);
  }

  /** A call begins that may be hedged. */
  call(): void {
    this.#saved = Math.min(SAVED_MAX, this.#saved + this.#spec.extraRatioMax);
  }

  /** Returns whether a hedge may be made, and pays for it if so. */
  take(): boolean {
    if (this.#saved < 1 - ROUNDING) return false;
    this.#saved--;
    return true;
  }

  /** A hedge that was paid for was refused by another part of the policy. */
  giveBack(): void {
    this.#saved = Math.min(SAVED_MAX, this.#saved + 1);
  }
}
