import type { Ns } from '../core/index.ts';
import type { Intensity } from './intensity.ts';
import { NO_MORE_ARRIVALS, type PhaseArrivals } from './phase-arrivals.ts';

/**
 * How far above a whole number Lambda may lie and still be taken for it, as a share of it: 100/m
 * for 1 m sums to 100 + 1e-14, and its 101st arrival would fall on the end of the phase.
 */
const WHOLE_WITHIN_RATIO = 1e-12;

/**
 * Evenly spaced arrivals: the k-th (k = 0, 1, ...) is due when the intensity reaches k,
 *
 *     t_k = Lambda^-1(k)
 *
 * At a level rate r that is k / r: one arrival at 0, then one each 1/r. On a ramp the distances
 * shrink or grow with the rate. In [0, T) there are ceil(Lambda(T)) arrivals, so that their count
 * up to any moment is within 1 of the integral of the rate.
 */
export class ConstantArrivals implements PhaseArrivals {
  readonly #intensity: Intensity;
  readonly #count: number;
  #next = 0;

  constructor(intensity: Intensity) {
    this.#intensity = intensity;
    this.#count = constantCount(intensity);
  }

  nextNs(): Ns {
    if (this.#next >= this.#count) return NO_MORE_ARRIVALS;
    const dueNs = Math.round(this.#intensity.inverseNs(this.#next++));
    return Math.min(dueNs, this.#intensity.durationNs - 1);
  }
}

/** Returns how many arrivals the constant process makes of an intensity: exact, a whole number. */
export function constantCount(intensity: Intensity): number {
  return Math.ceil(intensity.total * (1 - WHOLE_WITHIN_RATIO));
}
