import { describe, expect, it } from 'vitest';

import { NOISE_MODELS, simulateRun, type NoiseModel } from '../../bench/compare/simulated-runs.ts';
import {
  compareRuns,
  comparisonVerdict,
  loadDifferences,
  type RunComparison,
  type RunDigest,
} from '../../src/compare/index.ts';
import { NS_PER_MS, rngFrom, type Ratio } from '../../src/core/index.ts';

const PERCENTS = [50, 99, 99.9];
const [CALM] = NOISE_MODELS;

function run(seed: number, factor: Ratio = 1, seconds = 20): RunDigest {
  const rest = { seconds, ratePerSec: 500, tailFactor: 1 };
  return simulateRun(CALM as NoiseModel, { ...rest, seed, factor });
}

function compare(before: RunDigest, after: RunDigest, changeRatioMin = 0.03): RunComparison {
  const changeMinNs = 0.1 * NS_PER_MS;
  const rng = rngFrom(1, 'compare');
  return compareRuns(before, after, { percents: PERCENTS, changeRatioMin, changeMinNs, rng });
}

function timeOf({ percentiles }: RunComparison, percent: number) {
  return percentiles.find((row) => row.percent === percent);
}

/** Returns the run with so many calls of each block failed in place of answered. */
function failing(digest: RunDigest, of: (block: number) => number): RunDigest {
  return {
    ...digest,
    steps: digest.steps.map((step) => ({
      ...step,
      blocks: step.blocks.map((block, i) => ({
        ...block,
        outcomes: { ok: (block.outcomes.ok ?? 0) - of(i), status: of(i) },
      })),
    })),
  };
}

describe('compareRuns', () => {
  it('passes the median of a run that is no slower', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const compared = compare(run(2 * seed), run(2 * seed + 1));
      expect(timeOf(compared, 50)).toMatchObject({ verdict: 'pass', reason: '' });
    }
  });

  it('calls 10% more a regression, 10% less an improvement, with the effect', () => {
    const slower = compare(run(1), run(2, 1.1));
    expect(timeOf(slower, 50)).toMatchObject({ verdict: 'regression' });
    expect(timeOf(slower, 50)?.ratioLower).toBeGreaterThan(1.05);
    expect(timeOf(slower, 50)?.ratioUpper).toBeLessThan(1.15);
    expect(comparisonVerdict(slower)).toBe('regression');
    expect(timeOf(compare(run(1), run(2, 1 / 1.1)), 50)).toMatchObject({ verdict: 'improvement' });
  });

  it('lets pass what is smaller than the least change that counts', () => {
    expect(timeOf(compare(run(1), run(2, 1.1), 0.2), 50)).toMatchObject({ verdict: 'pass' });
  });

  it('does not judge a percentile of too few calls, nor a run of one block', () => {
    expect(timeOf(compare(run(1), run(2)), 99.9)).toMatchObject({
      verdict: 'unjudged',
      reason: 'wants 100,000 calls in each',
    });
    const short = compare(run(1, 1, 1), run(2, 1, 1));
    expect(timeOf(short, 50)).toMatchObject({ reason: 'too few seconds, or too alike' });
    expect(comparisonVerdict(short)).toBe('inconclusive');
  });

  it('says of blocks that follow a slope that they are too alike, not how many it wants', () => {
    const before = simulateRun(
      {
        name: 'slope',
        isWithinRuns: true,
        draw: (_rng, seconds) =>
          Array.from({ length: seconds }, (_, i) => ({ factor: 1 + i / 10, slowRatio: 0 })),
      },
      { seed: 1, seconds: 8, ratePerSec: 500, factor: 1, tailFactor: 1 },
    );
    expect(timeOf(compare(before, run(2)), 50)).toMatchObject({
      verdict: 'unjudged',
      reason: 'too few seconds, or too alike',
    });
  });

  it('calls more errors a regression, whatever the times', () => {
    const compared = compare(
      failing(run(1), () => 0),
      failing(run(2), (block) => 8 + (block % 4)),
    );
    expect(compared.shares[0]).toMatchObject({ kind: 'errors', verdict: 'regression' });
    expect(compared.shares[0]?.after).toBeCloseTo(0.019, 3);
    expect(comparisonVerdict(compared)).toBe('regression');
  });

  it('names what only one of the runs has', () => {
    const before = run(1);
    const after = { ...before, steps: before.steps.map((step) => ({ ...step, step: 'other' })) };
    expect(compare(before, after)).toMatchObject({
      percentiles: [],
      missing: ['step call is only in the first', 'step other is only in the second'],
    });
  });

  it('is the same every time', () => {
    expect(compare(run(1), run(2))).toEqual(compare(run(1), run(2)));
  });
});

it('tells another scenario and another rate, and nothing of loads alike', () => {
  const before = run(1);
  expect(loadDifferences(before, run(2))).toEqual([]);
  const [phase] = before.phases;
  const faster = phase?.blocks.map((block) => ({ ...block, arrivals: 2 * block.arrivals })) ?? [];
  const after = {
    ...before,
    scenario: 'other',
    phases: before.phases.map((own) => ({ ...own, blocks: faster })),
  };
  expect(loadDifferences(before, after)).toEqual([
    'scenario other, not simulated',
    'phase steady has 1000.0 arrivals/s, not 500.0',
  ]);
});
