import { NS_PER_SEC, type Ns, type RatePerSec } from '../core/index.ts';

/** What is short of a token by no more than the rounding of a product is a token. */
const ROUNDING = 1e-9;

/**
 * A bucket of tokens, full at first: `burst` at most, `ratePerSec` more each second. Over any time
 * t no more than rate * t + burst are taken, and as many where they are asked for.
 */
export class TokenBucket {
  readonly #perNs: number;
  readonly #burst: number;
  #tokens: number;
  #atNs: Ns = -Infinity;

  constructor(ratePerSec: RatePerSec, burst: number) {
    this.#perNs = ratePerSec / NS_PER_SEC;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Returns whether there was a token, which is taken then. */
  take(nowNs: Ns): boolean {
    this.#fill(nowNs);
    if (this.#tokens < 1 - ROUNDING) return false;
    this.#tokens--;
    return true;
  }

  /** Returns how long from now until there is a token: whole, 0 where there is one. */
  waitNs(nowNs: Ns): Ns {
    this.#fill(nowNs);
    const missing = 1 - ROUNDING - this.#tokens;
    return missing <= 0 ? 0 : Math.ceil((1 - this.#tokens) / this.#perNs);
  }

  /** Returns when it is full if nothing is taken meanwhile; not after `nowNs` where it is. */
  fullAtNs(nowNs: Ns): Ns {
    this.#fill(nowNs);
    return nowNs + (this.#burst - this.#tokens) / this.#perNs;
  }

  /** Makes it as full as another one, of the same rate and burst, is. */
  levelWith(other: TokenBucket, nowNs: Ns): void {
    other.#fill(nowNs);
    this.#tokens = other.#tokens;
    this.#atNs = nowNs;
  }

  #fill(nowNs: Ns): void {
    if (nowNs <= this.#atNs) return;
    const more = (nowNs - this.#atNs) * this.#perNs;
    this.#tokens = Math.min(this.#burst, this.#tokens + more);
    this.#atNs = nowNs;
  }
}
