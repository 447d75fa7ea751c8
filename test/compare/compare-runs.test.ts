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

  it('says of few calls without an error nothing about a share of errors, of many that it passes', () => {
    const few = compare(run(1, 1, 7), run(2, 1, 7));
    expect(few.shares[0]).toMatchObject({
      ...{ kind: 'errors', before: 0, after: 0 },
      ...{ verdict: 'unjudged', reason: 'wants 3,688 calls in each' },
    });
    expect(few.shares[0]?.differenceUpper).toBeCloseTo(0.00105, 4);
    const many = compare(run(1, 1, 8), run(2, 1, 8));
    expect(many.shares[0]).toMatchObject({ verdict: 'pass' });
    expect(many.shares[0]?.differenceUpper).toBeCloseTo(0.00092, 4);
  });

  it('does not call five errors a regression for falling into five blocks', () => {
    const compared = compare(
      failing(run(1, 1, 5), () => 0),
      failing(run(2, 1, 5), () => 1),
    );
    expect(compared.shares[0]).toMatchObject({ verdict: 'inconclusive', after: 0.002 });
    expect(compared.shares[0]?.p).toBeGreaterThan(0.01);
  });

  it('calls it a regression where every call fails that failed before in none', () => {
    const all = failing(run(2), () => 500);
    const failed = {
      ...all,
      steps: all.steps.map((step) => ({
        ...step,
        blocks: step.blocks.map((block) => ({ ...block, response: new Map() })),
      })),
    };
    const compared = compare(
      failing(run(1), () => 0),
      failed,
    );
    expect(compared.shares[0]).toMatchObject({ verdict: 'regression', after: 1 });
    expect(compared.percentiles).toEqual([]);
    expect(comparisonVerdict(compared)).toBe('regression');
  });

  it('compares a step in the phases in which both runs called it, and names the others', () => {
    const inTwo = (digest: RunDigest, other: RunDigest): RunDigest => ({
      ...digest,
      phases: [...digest.phases, ...other.phases.map((phase) => ({ ...phase, name: 'slow' }))],
      steps: [...digest.steps, ...other.steps.map((step) => ({ ...step, phase: 'slow' }))],
    });
    const before = inTwo(run(1), run(3, 10));
    const whole = inTwo(run(2), run(4, 10));
    const after = { ...whole, steps: whole.steps.filter(({ phase }) => phase !== 'slow') };
    const compared = compare(before, after);
    expect(compared.missing).toEqual(['step call of phase slow is only in the first']);
    expect(timeOf(compared, 50)).toEqual(timeOf(compare(run(1), run(2)), 50));
  });

  it('leaves an end open that is so far out that it says nothing', () => {
    const [step] = run(1, 1, 6).steps;
    const jumping = {
      ...run(1, 1, 6),
      steps: [
        {
          ...(step as RunDigest['steps'][number]),
          blocks: (step?.blocks ?? []).map((block, i) => ({
            ...block,
            response: new Map([[i % 2 === 0 ? 1_000 : 4_500, 500]]),
          })),
        },
      ],
    };
    for (const { ratioLower, ratioUpper } of compare(run(2, 1, 6), jumping).percentiles) {
      expect(ratioLower === 0 || ratioLower >= 0.001).toBe(true);
      expect(ratioUpper === Infinity || ratioUpper <= 1_000).toBe(true);
    }
    expect(timeOf(compare(run(2, 1, 6), jumping), 50)).toMatchObject({ ratioUpper: Infinity });
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
