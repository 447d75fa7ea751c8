import type { Ns, Rng } from '../core/index.ts';
import type { Intensity } from './intensity.ts';
import { NO_MORE_ARRIVALS, type PhaseArrivals } from './phase-arrivals.ts';

/**
 * Arrivals of many callers that know nothing of each other: a Poisson process whose rate follows
 * the phase's. With E_1, E_2, ... independent exponentials of mean 1, the sums
 *
 *     Gamma_k = E_1 + ... + E_k
 *
 * are a Poisson process of rate 1, and by the time change theorem
 *
 *     t_k = Lambda^-1(Gamma_k)
 *
 * is one of rate(t). Counts over disjoint times are independent, each Poisson with the integral of
 * the rate as mean and variance; at a level rate r the distances are exponential with mean 1/r.
 * E = -ln(1 - u) for u uniform in [0, 1), so the logarithm never sees 0.
 *
 * @see Cinlar, Introduction to Stochastic Processes (1975), chapter 4
 */
export class PoissonArrivals implements PhaseArrivals {
  readonly #intensity: Intensity;
  readonly #rng: Rng;
  #gamma = 0;
  #lastNs: Ns = 0;

  constructor(intensity: Intensity, rng: Rng) {
    this.#intensity = intensity;
    this.#rng = rng;
  }

  nextNs(): Ns {
    this.#gamma -= Math.log1p(-this.#rng.nextFloat());
    if (this.#gamma >= this.#intensity.total) return NO_MORE_ARRIVALS;
    const dueNs = Math.round(this.#intensity.inverseNs(this.#gamma));
    // Two sums closer than the rounding of the inverse could come out a nanosecond apart, reversed.
    this.#lastNs = Math.max(this.#lastNs, Math.min(dueNs, this.#intensity.durationNs - 1));
    return this.#lastNs;
  }
}
