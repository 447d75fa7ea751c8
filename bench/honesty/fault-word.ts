import type { Ms } from '../../src/core/index.ts';
import type { Percentiles } from '../peers/index.ts';

/** Within 2%, as is asked of ours, or within 1 ms: what a busy machine adds is not the tool's. */
const HONEST_RATIO = 0.02;
const HONEST_MS: Ms = 1;
const FAR_RATIO = 0.25;

/**
 * Returns in a few words what is wrong with a report, '' where nothing is.
 *
 * - `hides the wait`: far below the truth at p99 or p99.9: waiting calls are missing from it
 * - `whole ms only`: 0 for a time over 0
 * - `too low`, `too high`: off by more than 2% and 1 ms at one of the three
 * - `no report`: a percentile that the tool did not give
 */
export function faultWord(reported: Percentiles, truth: Percentiles): string {
  const pairs = [
    [reported.p50Ms, truth.p50Ms],
    [reported.p99Ms, truth.p99Ms],
    [reported.p999Ms, truth.p999Ms],
  ] as const;
  if (pairs.some(([value]) => Number.isNaN(value))) return 'no report';
  const isOff = (value: Ms, wanted: Ms): boolean =>
    Math.abs(value - wanted) > Math.max(HONEST_MS, wanted * HONEST_RATIO);
  const off = pairs.filter(([value, wanted]) => isOff(value, wanted));
  if (off.some(([value, wanted]) => value < wanted * FAR_RATIO)) return 'hides the wait';
  if (off.some(([value, wanted]) => value < wanted)) return 'too low';
  if (off.length > 0) return 'too high';
  return pairs.some(([value, wanted]) => value === 0 && wanted > 0) ? 'whole ms only' : '';
}
