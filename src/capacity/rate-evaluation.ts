import type { QuantileEstimate } from '../analyze/index.ts';
import type { Ns, RatePerSec } from '../core/index.ts';
import type { ThresholdResult } from '../gate/index.ts';

/**
 * What the probes of a rate say of it:
 *
 * - `meets`: the whole interval of every objective lies on the right side of its limit, and the
 *   target kept up with the rate.
 * - `misses`: that of one objective lies on the wrong side, or the target did not keep up.
 * - `undecided`: an interval holds the limit, or there are too few calls for one.
 * - `generator`: in every probe of it the generator itself was the cause of what was measured.
 */
export type RateVerdict = 'meets' | 'misses' | 'undecided' | 'generator';

export interface ObjectiveResult {
  readonly verdict: 'meets' | 'misses' | 'undecided';
  readonly result: ThresholdResult & { readonly limit: number };
}

/** A probe in which the generator itself was the cause of what was measured. */
export interface SpoiltProbe {
  /** The name of its phase. */
  readonly phase: string;
  /** What the generator did to it, a phrase with numbers. */
  readonly reason: string;
}

/** One rate, by all its probes together. */
export interface RateEvaluation {
  readonly ratePerSec: RatePerSec;
  readonly verdict: RateVerdict;
  /** The phases that the numbers are of: all but those the generator spoilt, where any is left. */
  readonly probes: readonly string[];
  /** They count for nothing where the rate has another. */
  readonly spoiltProbes: readonly SpoiltProbe[];
  readonly ranNs: Ns;
  /** The longest of its probes, as it ran. */
  readonly longestNs: Ns;
  readonly arrivals: number;
  readonly droppedArrivals: number;
  /** By how many calls under way the queue grew while it was probed; 0 where it did not. */
  readonly backlog: number;
  /** Arrivals that the target kept up with, per second of the probes. */
  readonly achievedPerSec: RatePerSec;
  /** In the order of the scenario. */
  readonly objectives: readonly ObjectiveResult[];
  /** Of the response time of all probes of the rate, of the first objective's step. */
  readonly p50: QuantileEstimate | undefined;
  readonly p99: QuantileEstimate | undefined;
  /** Why it does not meet, a short phrase with numbers; '' where it does. */
  readonly reason: string;
}
