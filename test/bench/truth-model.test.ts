import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { honestyCases } from '../../bench/honesty/known-loads.ts';
import { type KnownLoad, trueResponseTimesNs } from '../../bench/honesty/truth-model.ts';
import { sortedQuantile } from '../../bench/statistics/sample-quantile.ts';
import { NS_PER_MS as MS, NS_PER_SEC } from '../../src/core/index.ts';

const quiet: KnownLoad = {
  ratePerSec: 500,
  durationNs: 2 * NS_PER_SEC,
  connections: 50,
  serviceNs: 50 * MS,
  freezes: [],
};

describe('the truth', () => {
  it('of a server that is never full is its service time', () => {
    const responses = trueResponseTimesNs(quiet);
    expect(responses).toHaveLength(1_000);
    expect(responses.every((ns) => ns === 50 * MS)).toBe(true);
  });

  it('past the capacity grows by what each arrival is too early', () => {
    // Served every 1.25 ms, asked every 1 ms: the k-th waits k * 0.25 ms, and takes 1.25 ms.
    const responses = trueResponseTimesNs({
      ...quiet,
      ratePerSec: 1_000,
      serviceNs: 1.25 * MS,
      slots: 1,
    });
    expect(responses[0]).toBe(1.25 * MS);
    expect(responses[1_999]).toBe(1.25 * MS + 1_999 * 0.25 * MS);
    expect(sortedQuantile(responses, 0.5)).toBe(1.25 * MS + 999 * 0.25 * MS);
  });

  it('of a freeze holds the wait of every arrival in it, up to its length', () => {
    const freeze = { fromNs: 1_000 * MS, toNs: 1_200 * MS };
    const responses = trueResponseTimesNs({ ...quiet, serviceNs: MS, freezes: [freeze] });
    const waited = responses.filter((ns) => ns > MS);
    expect(waited.length).toBeGreaterThanOrEqual(100);
    // Due in the moment before it, read, and answered only after it.
    expect(responses.at(-1)).toBeLessThanOrEqual(201 * MS);
    expect(responses.at(-1)).toBeGreaterThanOrEqual(199 * MS);
  });

  it('takes the smaller of connections and slots as what can be served at once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), (a, b) => {
        const load = { ...quiet, durationNs: NS_PER_SEC / 5 };
        expect(trueResponseTimesNs({ ...load, connections: a, slots: b })).toEqual(
          trueResponseTimesNs({ ...load, connections: Math.min(a, b) }),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('never shortens a service time, and no freeze makes any arrival faster', () => {
    const freezes = fc
      .tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 200 }))
      .map(([from, length]) => [{ fromNs: from * MS, toNs: (from + length) * MS }]);
    fc.assert(
      fc.property(freezes, fc.integer({ min: 1, max: 40 }), (frozen, connections) => {
        const load = { ...quiet, durationNs: NS_PER_SEC / 2, connections, serviceNs: 10 * MS };
        const free = trueResponseTimesNs(load);
        const held = trueResponseTimesNs({ ...load, freezes: frozen });
        expect(free[0]).toBeGreaterThanOrEqual(10 * MS);
        expect(free.every((ns, rank) => ns <= (held[rank] ?? 0) + 1)).toBe(true);
      }),
    );
  });
});

describe('the known loads', () => {
  it.each(honestyCases(5).map((known) => [known.title, known.load] as const))(
    '%s: no percentile asked for lies on a step',
    (_title, load) => {
      const responses = trueResponseTimesNs(load);
      for (const ratio of [0.5, 0.99, 0.999]) {
        const below = sortedQuantile(responses, ratio - 0.0005);
        const above = sortedQuantile(responses, ratio + 0.0005);
        expect(above - below).toBeLessThanOrEqual(Math.max(12 * MS, above * 0.1));
      }
    },
  );

  it('freeze for 200 ms in every 5 s, and once in a shorter run', () => {
    const freezesIn = (seconds: number): number =>
      honestyCases(seconds).flatMap(({ load }) => load.freezes).length;
    expect([2, 5, 10].map(freezesIn)).toEqual([1, 1, 2]);
  });
});
