import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adviseTimeouts,
  recommendTimeout,
  type TimeoutRecommendation,
} from '../../src/advise/index.ts';
import {
  analyzeRun,
  summarizeClock,
  type CensoredSample,
  type Dependence,
} from '../../src/analyze/index.ts';
import { NS_PER_MS, rngFrom, type SparseHistogram } from '../../src/core/index.ts';
import { histogramOf, memorySource } from '../analyze/memory-source.ts';
import { thinRun, troubledRun } from '../report/sample-runs.ts';

const NONE: SparseHistogram = { valueNs: [], count: [] };

describe('a recommended timeout', () => {
  it('is a fifth above the upper bound, and the tick of a timer, in two digits', () => {
    // 20,000 calls of 1 to 200 ms, 100 of each: p99.9 ends in 200 ms, so T = 240 + 1 ms.
    const timeout = recommend(evenly(200, 100), 99.9);
    expect(timeout).toMatchObject({
      kind: 'recommended',
      upperBoundNs: 200 * NS_PER_MS,
      timeoutNs: 250 * NS_PER_MS,
      grade: 'medium',
    });
  });

  it('is never less than twice the median', () => {
    const flat = { exact: { valueNs: [100 * NS_PER_MS], count: [20_000] }, censored: NONE };
    expect(recommend(flat, 99.9)).toMatchObject({ timeoutNs: 210 * NS_PER_MS });
  });

  it('is never less than 5 ms above the median', () => {
    const fast = { exact: { valueNs: [0.1 * NS_PER_MS], count: [20_000] }, censored: NONE };
    expect(recommend(fast, 99.9)).toMatchObject({ timeoutNs: 7 * NS_PER_MS });
  });

  it.each([
    [2_999, 'refused', undefined],
    [3_000, 'recommended', 'low'],
    [9_999, 'recommended', 'low'],
    [10_000, 'recommended', 'medium'],
    [100_000, 'recommended', 'high'],
  ])('from %i calls at 99.9%% is %s, grade %s', (n, kind, grade) => {
    const timeout = recommend(
      { exact: { valueNs: [NS_PER_MS], count: [n] }, censored: NONE },
      99.9,
    );
    expect(timeout.kind).toBe(kind);
    expect(timeout.kind === 'recommended' ? timeout.grade : undefined).toBe(grade);
  });

  it('is refused, with the calls and the time that are wanted, from too few', () => {
    expect(recommend(evenly(100, 10), 99.9)).toEqual({
      kind: 'refused',
      successPercent: 99.9,
      tailCount: 1,
      reason: 'sample',
      neededN: 3_000,
      neededIsBound: false,
      neededNs: 30e9,
    });
  });

  it('wants more calls, in proportion, where they were slow together', () => {
    const timeout = recommend(evenly(100, 100), 99.9, 10);
    expect(timeout).toMatchObject({ kind: 'refused', reason: 'sample', neededN: 30_000 });
  });

  it('is refused where too many attempts were cut off to know how long they take', () => {
    const cut = {
      exact: { valueNs: [NS_PER_MS], count: [19_000] },
      censored: { valueNs: [50 * NS_PER_MS], count: [1_000] },
    };
    expect(recommend(cut, 99.9)).toMatchObject({ kind: 'refused', reason: 'censored', neededN: 0 });
  });

  it('cuts off no more than it promises of calls that it has not seen', () => {
    let broken = 0;
    for (let seed = 0; seed < 40; seed++) {
      const rng = rngFrom(seed, 'held out');
      const draw = (): number => 10 * NS_PER_MS * (1 - rng.nextFloat()) ** -0.4;
      const seen = histogramOf(Array.from({ length: 5_000 }, draw));
      const timeout = recommend({ exact: seen, censored: NONE }, 99.9);
      if (timeout.kind === 'refused') throw new Error('5,000 calls are enough');
      // The share of a Pareto law past T is exact, so that no second sample adds its own chance.
      const falseTimeoutRatio = (timeout.timeoutNs / (10 * NS_PER_MS)) ** (-1 / 0.4);
      if (falseTimeoutRatio > 0.001) broken += 1;
    }
    expect(broken).toBeLessThanOrEqual(2);
  });

  it('is never shortened by a stricter success target', () => {
    const values = fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 10, maxLength: 60 });
    const cut = fc.integer({ min: 0, max: 300 });
    const effect = fc.double({ min: 1, max: 20, noNaN: true });
    fc.assert(
      fc.property(values, cut, effect, (ms, cutOff, designEffect) => {
        const exact = histogramOf(ms.map((v) => v * NS_PER_MS));
        const count = exact.count.map((c) => c * 1_000);
        const censored = cutOff === 0 ? NONE : { valueNs: [2_001 * NS_PER_MS], count: [cutOff] };
        const sample = { exact: { valueNs: exact.valueNs, count }, censored };
        let last = 0;
        for (const percent of [50, 90, 99, 99.5, 99.9, 99.95, 99.99]) {
          const timeout = recommend(sample, percent, designEffect);
          if (timeout.kind === 'refused') continue;
          if (timeout.timeoutNs < last) return false;
          last = timeout.timeoutNs;
        }
        return true;
      }),
    );
  });
});

describe('the advice of a run', () => {
  it('covers the edges of the harness and those between services, in order', async () => {
    const advice = adviseTimeouts(await analyzeRun(memorySource(troubledRun()), 'latest'));
    expect(advice.edges.map((e) => [e.kind, e.caller, e.callee, e.operation, e.failed])).toEqual([
      ['harness', 'callgauge', 'orders', 'create-order', 33],
      ['service', 'orders', 'inventory', 'GET /api/stock', 0],
      ['service', 'orders', 'payment', 'POST /api/charges', 14],
    ]);
    for (const edge of advice.edges) {
      expect(edge.timeouts.map((t) => [t.successPercent, t.kind])).toEqual([
        [99.9, 'recommended'],
        [99.99, 'refused'],
      ]);
    }
  });

  it('is not moved by a fault that made calls twenty times as slow', async () => {
    const advice = adviseTimeouts(await analyzeRun(memorySource(troubledRun()), 'latest'));
    const [timeout] = advice.edges[0]?.timeouts ?? [];
    expect(timeout?.kind === 'recommended' ? timeout.timeoutNs : 0).toBeLessThan(100 * NS_PER_MS);
  });

  it('refuses edges between services where spans of the last calls are missing', async () => {
    const kept = Array.from({ length: 30 }, (_, second) => {
      return { step: 'create-order', second, calls: 4, seen: second < 25 ? 4 : 0 };
    });
    const source = memorySource({ ...troubledRun(), served: { calls: 13_000, kept } });
    const { edges } = adviseTimeouts(await analyzeRun(source, 'latest'));
    expect(edges.map(({ kind, timeouts: [first] }) => [kind, first])).toMatchObject([
      ['harness', { kind: 'recommended' }],
      ['service', { kind: 'refused', reason: 'spans' }],
      ['service', { kind: 'refused', reason: 'spans' }],
    ]);
  });

  it('of a thin run says how long the missing calls would take at its rate', async () => {
    const advice = adviseTimeouts(await analyzeRun(memorySource(thinRun()), 'latest'));
    const timeouts = advice.edges[1]?.timeouts ?? [];
    expect(timeouts).toMatchObject([
      { successPercent: 99, kind: 'recommended' },
      { successPercent: 99.9, kind: 'refused', neededN: 5_312, neededNs: 265.6e9 },
      { successPercent: 99.99, kind: 'refused' },
    ]);
  });

  it('is for 99% too where that is all that is known, and then never for nothing', async () => {
    const analysis = await analyzeRun(memorySource(thinRun()), 'latest');
    const edges = analysis.edges.flatMap((edge) =>
      [299, 300, 2_999, 3_000].map((n) => ({
        ...edge,
        attempt: summarizeClock({ exact: { valueNs: [NS_PER_MS], count: [n] }, censored: NONE }),
      })),
    );
    const advice = adviseTimeouts({ ...analysis, edges: edges.slice(0, 4) });
    const given = advice.edges.map(({ timeouts }) =>
      timeouts.map((t) => `${t.successPercent} ${t.kind}`),
    );
    expect(given).toEqual([
      ['99.9 refused', '99.99 refused'],
      ['99 recommended', '99.9 refused', '99.99 refused'],
      ['99 recommended', '99.9 refused', '99.99 refused'],
      ['99.9 recommended', '99.99 refused'],
    ]);
  });

  it('says that what is wanted is a bound where the run does not show how alike calls are', async () => {
    const analysis = await analyzeRun(memorySource(thinRun()), 'latest');
    const [edge] = analysis.edges;
    if (edge === undefined) throw new Error('the run has an edge');
    const sample = { exact: { valueNs: [NS_PER_MS], count: [500] }, censored: NONE };
    const of = (from: Dependence['from']) => {
      const attempt = summarizeClock(sample, () => ({ designEffect: 9, seenEffect: 1, from }));
      return adviseTimeouts({ ...analysis, edges: [{ ...edge, attempt }] }).edges[0]?.timeouts;
    };
    const refused = { kind: 'refused', neededN: 27_000 };
    expect(of('queue')?.[0]).toMatchObject({ ...refused, neededIsBound: true });
    expect(of('few-seconds')?.[0]).toMatchObject({ ...refused, neededIsBound: true });
    expect(of('seconds')?.[0]).toMatchObject({ ...refused, neededIsBound: false });
  });

  it('keeps the time to connect apart, per target', async () => {
    const stored = thinRun();
    const connect = {
      second: 0,
      phase: 'warm-up',
      step: '',
      target: 'orders',
      outcome: 'ok',
      clock: 'connect',
      valueNs: [NS_PER_MS, 3 * NS_PER_MS],
      count: [4_000, 10],
    } as const;
    const source = memorySource({ ...stored, seconds: [...stored.seconds, connect] });
    const advice = adviseTimeouts(await analyzeRun(source, 'latest'));
    expect(advice.connects).toMatchObject([
      { target: 'orders', n: 4_010, timeout: { kind: 'recommended', timeoutNs: 7 * NS_PER_MS } },
    ]);
  });
});

function recommend(
  sample: CensoredSample,
  successPercent: number,
  designEffect = 1,
): TimeoutRecommendation {
  const attempt = summarizeClock(sample);
  return recommendTimeout({ attempt, successPercent, designEffect, ratePerSec: 100 });
}

/** `each` calls of every whole ms up to `untilMs`. */
function evenly(untilMs: number, each: number): CensoredSample {
  const valueNs = Array.from({ length: untilMs }, (_, i) => (i + 1) * NS_PER_MS);
  return { exact: { valueNs, count: valueNs.map(() => each) }, censored: NONE };
}
