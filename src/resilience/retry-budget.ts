import type { Ns } from '../core/index.ts';
import { secFromNs } from '../core/index.ts';
import type { RetryBudgetSpec } from './policy.ts';
import { SlidingCounts } from './sliding-counts.ts';

const CALLS = 0;
const RETRIES = 1;
/** A balance that is short of 1 by no more than the rounding of a product is 1. */
const ROUNDING = 1e-9;

/**
 * How many retries a client may make. Over the last `ttlNs`, with c calls and r retries,
 *
 *     balance = c * ratio + minPerSec * ttl - r
 *
 * and a retry takes 1 of it. A client that has just begun has minPerSec * ttl. What is older than
 * the ttl counts no more, retries as calls, so that a balance may be below 0: many retries are
 * there, and their calls are not any more.
 *
 * @see Finagle's RetryBudget, whose leaky bucket this is
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #reserve: number;
  readonly #counts: SlidingCounts;

  constructor(spec: RetryBudgetSpec) {
    this.#ratio = spec.ratio;
    this.#reserve = spec.minPerSec * secFromNs(spec.ttlNs);
    this.#counts = new SlidingCounts(spec.ttlNs, 2);
  }

  /** A call begins; its retries are none of these. */
  call(nowNs: Ns): void {
    this.#counts.passTo(nowNs);
    this.#counts.add(CALLS);
  }

  /** Returns whether a retry may be made, and takes it out of the budget if so. */
  take(nowNs: Ns): boolean {
    if (this.balance(nowNs) < 1 - ROUNDING) return false;
    this.#counts.add(RETRIES);
    return true;
  }

  /** A retry that was taken was refused by another part of the policy: it is there again. */
  giveBack(nowNs: Ns): void {
    this.#counts.passTo(nowNs);
    this.#counts.add(RETRIES, -1);
  }

  /** Returns how many retries the budget has. */
  balance(nowNs: Ns): number {
    this.#counts.passTo(nowNs);
    return this.#counts.total(CALLS) * this.#ratio + this.#reserve - this.#counts.total(RETRIES);
  }
}
