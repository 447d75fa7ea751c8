import { describe, expect, it } from 'vitest';

import { AbTest, type AbSecond, type SideCalls } from '../../../src/compare/index.ts';
import { drawnSeconds } from './ab-seconds.ts';

const OPTIONS = {
  percents: [50, 90],
  changeRatioMin: 0.03,
  changeMinNs: 1e5,
  errorChangeMin: 0.01,
};
const LOAD = { seed: 1, seconds: 40, calls: 200, shift: 0 };

function judged(seconds: readonly AbSecond[]) {
  const test = new AbTest(OPTIONS);
  for (const second of seconds) test.add(second);
  return test.judge();
}

describe('the judgement', () => {
  it('is inconclusive before a second came, and says so', () => {
    const { verdict, decided, seconds, percentiles } = new AbTest(OPTIONS).judge();
    expect({ verdict, decided, seconds, percentiles }).toEqual({
      ...{ verdict: 'inconclusive', decided: false, seconds: 0, percentiles: [] },
    });
  });

  it('is a regression where B is 10% slower, with the ratio in its interval', () => {
    const { verdict, decided, percentiles } = judged(drawnSeconds({ ...LOAD, shift: 20 }));
    expect({ verdict, decided }).toEqual({ verdict: 'regression', decided: true });
    for (const { ratioLower, ratioUpper } of percentiles) {
      expect(ratioLower).toBeLessThan(1.005 ** 20);
      expect(ratioUpper).toBeGreaterThan(1.005 ** 20);
    }
  });

  it('is an improvement where B is 10% faster', () => {
    expect(judged(drawnSeconds({ ...LOAD, shift: -20 })).verdict).toBe('improvement');
  });

  it('is a regression where B fails or drops more, whatever the times', () => {
    const failing = judged(drawnSeconds({ ...LOAD, shift: -20, failed: { a: 0, b: 0.05 } }));
    expect(failing.verdict).toBe('regression');
    expect(failing.shares.map(({ kind, verdict }) => [kind, verdict])).toEqual([
      ['errors', 'regression'],
      ['dropped', 'pass'],
    ]);
    const dropping = judged(drawnSeconds({ ...LOAD, dropped: { a: 0, b: 10 } }));
    expect(dropping.verdict).toBe('regression');
  });

  it('is a regression where B goes away in the middle, and answers nothing more', () => {
    for (const failed of [1, 0.98]) {
      const seconds = drawnSeconds({ ...LOAD, seconds: 30 });
      const away = drawnSeconds({ ...LOAD, seed: 2, seconds: 30, failed: { a: 0, b: failed } });
      const { verdict, shares } = judged([...seconds, ...away]);
      expect(shares[0]).toMatchObject({ kind: 'errors', verdict: 'regression' });
      expect(verdict).toBe('regression');
    }
  });

  it('passes two equal sides in the end, errors and drops among them', () => {
    const seconds = drawnSeconds({ ...LOAD, seconds: 120, failed: { a: 0.001, b: 0.001 } });
    const { verdict, percentiles } = judged(seconds);
    expect(verdict).toBe('pass');
    for (const { ratioUpper } of percentiles) expect(ratioUpper).toBeLessThan(1.03);
  });

  it('is a pass where a sure change is smaller than what counts', () => {
    const slower = drawnSeconds({ ...LOAD, seconds: 120, shift: 20 });
    const test = new AbTest({ ...OPTIONS, changeMinNs: 5e6 });
    for (const second of slower) test.add(second);
    const { verdict, percentiles } = test.judge();
    expect(verdict).toBe('pass');
    expect(percentiles.every(({ q }) => q < 0.01)).toBe(true);
  });

  it('holds each phase against itself, so that their levels do not matter', () => {
    const low = drawnSeconds({ ...LOAD, shift: 20, seconds: 20 });
    const high = low.map((second) => ({
      ...second,
      phase: 'high',
      steps: second.steps.map(({ step, ...sides }) => ({
        step,
        a: moved(sides.a, 700),
        b: moved(sides.b, 700),
      })),
    }));
    const [median] = judged([...low, ...high]).percentiles;
    expect(median?.verdict).toBe('regression');
    expect(median?.ratioLower).toBeGreaterThan(1.03);
  });

  it('does not judge a percentile below which calls were cut off', () => {
    const cut = drawnSeconds({ ...LOAD, shift: 20 }).map((second) => ({
      ...second,
      steps: second.steps.map(({ step, a, b }) => ({
        ...{ step, a },
        b: { ...b, cutOff: new Map([[3_280, 1]]) },
      })),
    }));
    const { percentiles } = judged(cut);
    expect(percentiles.map(({ percent, verdict, reason }) => [percent, verdict, reason])).toEqual([
      [50, 'unjudged', 'calls were cut off below it'],
      [90, 'unjudged', 'calls were cut off below it'],
    ]);
  });

  it('has the rows of all steps by name, each with its q among all', () => {
    const seconds = drawnSeconds({ ...LOAD, shift: 20 }).map((second) => ({
      ...second,
      steps: ['put', 'get'].flatMap((step) => second.steps.map((one) => ({ ...one, step }))),
    }));
    const { shares, percentiles } = judged(seconds);
    expect(shares.map(({ kind, step }) => [kind, step])).toEqual([
      ['errors', 'get'],
      ['errors', 'put'],
      ['dropped', ''],
    ]);
    expect(percentiles.map(({ step, percent }) => [step, percent])).toEqual([
      ['get', 50],
      ['get', 90],
      ['put', 50],
      ['put', 90],
    ]);
    expect(percentiles.every(({ p, q }) => q >= p)).toBe(true);
  });
});

function moved(side: SideCalls, buckets: number): SideCalls {
  const response = [...side.response].map(([index, count]) => [index + buckets, count] as const);
  return { ...side, response: new Map(response) };
}
