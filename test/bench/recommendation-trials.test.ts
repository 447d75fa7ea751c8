import { describe, expect, it } from 'vitest';
import {
  BIMODAL,
  LOGNORMAL,
  PARETO,
  quantileOf,
  queueLaw,
  type LatencyLaw,
} from '../../bench/statistics/latency-law.ts';
import {
  censoredTrials,
  recommendationTrials,
} from '../../bench/statistics/recommendation-trials.ts';

const SEEDS = 12;
const RUN = { ratePerSec: 200, seconds: 60, seeds: SEEDS } as const;

// The short form of `npm run bench -- statistics`: with 12 seeds a bound of 95% misses three or
// more in one trial of 50, and seeds are fixed.
describe('a timeout that tune recommends', () => {
  it.each([
    [LOGNORMAL.name, LOGNORMAL, 99.9],
    [BIMODAL.name, BIMODAL, 99.9],
    [PARETO.name, PARETO, 99.9],
    ['a queue', queueLaw(200, 0.4), 99],
  ])('by calls of %s is bounded and kept as it promises', async (_, law: LatencyLaw, percent) => {
    const counts = await recommendationTrials({ law, ...RUN, successPercent: percent });
    expect(counts.recommended).toBeGreaterThan(SEEDS / 2);
    expect(counts.covered).toBeGreaterThanOrEqual(counts.recommended - 2);
    expect(counts.kept).toBeGreaterThanOrEqual(counts.recommended - 1);
    expect(counts.keptHeldOut).toBeGreaterThanOrEqual(counts.recommended - 1);
    expect(counts.designEffect).toBeGreaterThanOrEqual(1);
  });

  it('is the same where calls were cut off past it, and close where half of them were before', async () => {
    const trials = { law: LOGNORMAL, ...RUN, seeds: 6, successPercent: 99.9 };
    const past = quantileOf(LOGNORMAL, 0.0002);
    const same = await censoredTrials({ ...trials, timeoutNs: past, both: true });
    expect(same.answered).toBeGreaterThan(3);
    expect(new Set(same.percentile)).toEqual(new Set([1]));
    const before = quantileOf(LOGNORMAL, 0.01);
    const half = await censoredTrials({ ...trials, timeoutNs: before, both: false });
    expect(half.answered).toBe(6);
    for (const ratio of half.upperBound) expect(Math.abs(ratio - 1)).toBeLessThan(0.15);
  });
});
