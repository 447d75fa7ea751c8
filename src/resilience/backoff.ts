import type { Ns, Rng } from '../core/index.ts';
import type { BackoffSpec } from './policy.ts';

/** 2^53 times any wait that is more than nothing is past every cap. */
const DOUBLINGS_MAX = 53;

/**
 * How long a call waits before a retry. With m = min(cap, base * 2^(i-1)) for the i-th, and u
 * uniform in [0, 1):
 *
 *     full   u * m              spreads out the retries of callers that failed together
 *     equal  m/2 + u * m/2      waits for something in any case
 *     none   m
 *
 * @see Brooker, Exponential Backoff and Jitter (AWS Architecture Blog, 2015)
 */
export class Backoff {
  readonly #spec: BackoffSpec;
  readonly #rng: Rng;

  constructor(spec: BackoffSpec, rng: Rng) {
    this.#spec = spec;
    this.#rng = rng;
  }

  /** Returns the wait before the n-th retry, 1 being the first: whole, 0 to the cap. */
  waitNs(retry: number): Ns {
    const mostNs = longestWaitNs(this.#spec, retry);
    switch (this.#spec.jitter) {
      case 'full':
        return Math.round(this.#rng.nextFloat() * mostNs);
      case 'equal':
        return Math.round((mostNs / 2) * (1 + this.#rng.nextFloat()));
      case 'none':
        return Math.round(mostNs);
    }
  }
}

/** Returns the longest that a call can wait before its n-th retry, 1 being the first. */
export function longestWaitNs(spec: BackoffSpec, retry: number): Ns {
  return Math.min(spec.capNs, spec.baseNs * 2 ** Math.min(retry - 1, DOUBLINGS_MAX));
}
