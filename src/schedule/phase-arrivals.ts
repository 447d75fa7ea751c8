import type { Ns } from '../core/index.ts';

/** What {@link PhaseArrivals.nextNs} returns once a phase has no more arrivals. */
export const NO_MORE_ARRIVALS: Ns = Infinity;

/** The arrivals of one phase, one after another. It knows no clock: time is what it returns. */
export interface PhaseArrivals {
  /**
   * Returns when the next arrival is due, in ns since the start of the phase: whole, 0 to the
   * phase's duration (excluded), never less than the one before. Infinity once there is none.
   */
  nextNs(): Ns;
}
