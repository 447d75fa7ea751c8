import { estimateQuantile, shareInterval } from '../analyze/index.ts';
import type { Observation } from './observation.ts';

/**
 * Returns the observation with the interval of a percentile or share as wide as so many looks want
 * it: the interval misses at any of them as often, at most, as one by itself does. Others are what
 * they are.
 */
export function withLooks(seen: Observation, looks: number): Observation {
  if (looks === 1) return seen;
  if (seen.share !== undefined) {
    return { ...seen, interval: shareInterval(seen.share, { fails: looks, passes: looks }) };
  }
  if (seen.quantile === undefined) return seen;
  const { sample, percent, designEffect } = seen.quantile;
  const ends = { lower: looks, upper: looks };
  const estimate = estimateQuantile(sample, percent, designEffect, ends);
  const { interval: _interval, value: _value, floor: _floor, ...rest } = seen;
  if (estimate.kind === 'refused') {
    const { neededN, lowerBoundNs } = estimate;
    return { ...rest, neededN, ...(lowerBoundNs !== undefined && { floor: lowerBoundNs }) };
  }
  const { valueNs, atLeast, lowerNs, upperNs, upperAtLeast } = estimate;
  const interval = { lower: lowerNs, upper: upperNs, open: upperAtLeast };
  return { ...rest, value: valueNs, atLeast, interval };
}
