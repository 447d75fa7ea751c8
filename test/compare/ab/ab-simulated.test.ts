import { describe, expect, it } from 'vitest';

import {
  AB_NOISES,
  SAME,
  simulateAb,
  type AbKind,
  type AbNoise,
} from '../../../bench/gate/simulated-ab.ts';
import { AbTest, type AbJudgement } from '../../../src/compare/index.ts';

const LOADS = 15;
const SHARED = AB_NOISES.filter(({ own }) => own === undefined);

/** Returns what is said after each second of some loads of 30 s; `bench -- gate` is longer. */
function judgements(noise: AbNoise, kind: AbKind): readonly (readonly AbJudgement[])[] {
  return Array.from({ length: LOADS }, (_, load) => {
    const test = new AbTest({
      ...{ percents: [50, 90], changeRatioMin: 0.03, changeMinNs: 1e5, errorChangeMin: 0.01 },
    });
    return simulateAb(noise, { seed: load + 1, seconds: 30, ratePerSec: 200, kind }).map(
      (second) => {
        test.add(second);
        return test.judge();
      },
    );
  });
}

function countOf(
  loads: readonly (readonly AbJudgement[])[],
  holds: (judgement: AbJudgement) => boolean,
): number {
  return loads.filter((load) => load.some((judgement) => holds(judgement))).length;
}

describe.each(SHARED.map((noise) => [noise.name, noise] as const))('%s', (_name, noise) => {
  it('calls no side of two equal ones changed, after any second', () => {
    const loads = judgements(noise, SAME);
    expect(countOf(loads, ({ verdict }) => verdict === 'regression')).toBe(0);
    expect(countOf(loads, ({ verdict }) => verdict === 'improvement')).toBe(0);
  });

  it('calls B a regression that is 12% slower, and has the ratio in its intervals', () => {
    const loads = judgements(noise, { ...SAME, factor: 1.12 });
    expect(countOf(loads, ({ verdict }) => verdict === 'regression')).toBeGreaterThanOrEqual(14);
    const misses = countOf(loads, ({ percentiles }) =>
      percentiles.some(({ ratioLower, ratioUpper }) => ratioLower > 1.12 || ratioUpper < 1.12),
    );
    expect(misses).toBeLessThanOrEqual(3);
  });
});
