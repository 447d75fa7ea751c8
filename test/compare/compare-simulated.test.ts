import { describe, expect, it } from 'vitest';

import { NOISE_MODELS, simulateRun, type NoiseModel } from '../../bench/compare/simulated-runs.ts';
import { compareRuns, type RunComparison } from '../../src/compare/index.ts';
import { NS_PER_MS, rngFrom, type Ratio } from '../../src/core/index.ts';

const PAIRS = 30;
const WITHIN_RUNS = NOISE_MODELS.filter(({ isWithinRuns }) => isWithinRuns);

/** Compares pairs of runs of 40 s, the second slower by a factor; `bench -- compare` is longer. */
function comparedPairs(model: NoiseModel, factor: Ratio): readonly RunComparison[] {
  return Array.from({ length: PAIRS }, (_, pair) => {
    const run = { seconds: 40, ratePerSec: 100, tailFactor: 1 };
    const before = simulateRun(model, { ...run, seed: 2 * pair + 1, factor: 1 });
    const after = simulateRun(model, { ...run, seed: 2 * pair + 2, factor });
    const options = { percents: [50, 90], changeRatioMin: 0.03, changeMinNs: 0.1 * NS_PER_MS };
    return compareRuns(before, after, { ...options, rng: rngFrom(pair, 'compare') });
  });
}

function held(pairs: readonly RunComparison[], percent: number, truth: Ratio): number {
  return pairs.filter(({ percentiles }) =>
    percentiles.some(
      (row) => row.percent === percent && row.ratioLower <= truth && truth <= row.ratioUpper,
    ),
  ).length;
}

function countOf(pairs: readonly RunComparison[], verdict: string): number {
  return pairs.filter(({ shares, percentiles }) =>
    [...shares, ...percentiles].some((row) => row.verdict === verdict),
  ).length;
}

describe.each(WITHIN_RUNS.map((model) => [model.name, model] as const))('%s', (_name, model) => {
  it('has the true ratio in nine of ten intervals, and calls one pair in thirty changed at most', () => {
    const pairs = comparedPairs(model, 1);
    for (const percent of [50, 90]) {
      expect(held(pairs, percent, 1)).toBeGreaterThanOrEqual(0.9 * PAIRS);
    }
    expect(countOf(pairs, 'regression')).toBeLessThanOrEqual(1);
    expect(countOf(pairs, 'improvement')).toBeLessThanOrEqual(1);
  });

  it('has the ratio of runs that are 20% slower, and calls none of them better', () => {
    const pairs = comparedPairs(model, 1.2);
    expect(held(pairs, 50, 1.2)).toBeGreaterThanOrEqual(0.9 * PAIRS);
    expect(countOf(pairs, 'improvement')).toBe(0);
    expect(countOf(pairs, 'regression')).toBeGreaterThanOrEqual(0.9 * PAIRS);
  });
});
