import fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  AbTest,
  type AbJudgement,
  type AbSecond,
  type SideCalls,
} from '../../../src/compare/index.ts';

const OPTIONS = { percents: [50, 90], changeRatioMin: 0.03, changeMinNs: 0, errorChangeMin: 0.01 };

const side: fc.Arbitrary<SideCalls> = fc
  .record({
    values: fc.array(fc.integer({ min: 3_200, max: 3_260 }), { maxLength: 25 }),
    status: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ values, status }) => {
    const response = new Map<number, number>();
    for (const value of values) response.set(value, (response.get(value) ?? 0) + 1);
    return { outcomes: { ok: values.length, status }, response, cutOff: new Map() };
  });
const pair = fc.record({
  a: fc.integer({ min: 20, max: 22 }),
  b: fc.integer({ min: 20, max: 22 }),
});
const second: fc.Arbitrary<AbSecond> = fc.record({
  second: fc.constant(0),
  phase: fc.constantFrom('low', 'high'),
  steps: fc
    .record({ get: fc.record({ a: side, b: side }), put: fc.record({ a: side, b: side }) })
    .map(({ get, put }) => [
      { step: 'get', ...get },
      { step: 'put', ...put },
    ]),
  arrivals: pair,
  dropped: fc.record({ a: fc.integer({ min: 0, max: 3 }), b: fc.integer({ min: 0, max: 3 }) }),
});
const load = fc.array(second, { maxLength: 20 });
const RUNS = { numRuns: 30 };

function judged(seconds: readonly AbSecond[]): AbJudgement {
  const test = new AbTest(OPTIONS);
  for (const one of seconds) test.add(one);
  return test.judge();
}

function withSides(
  seconds: readonly AbSecond[],
  change: (sides: {
    readonly a: SideCalls;
    readonly b: SideCalls;
  }) => Pick<AbSecond['steps'][0], 'a' | 'b'>,
): AbSecond[] {
  return seconds.map((one) => ({
    ...one,
    steps: one.steps.map(({ step, a, b }) => ({ step, ...change({ a, b }) })),
  }));
}

it('has the mirror image of every row where A and B change places', () => {
  fc.assert(
    fc.property(load, (seconds) => {
      const mirrored = withSides(seconds, ({ a, b }) => ({ a: b, b: a })).map((one) => ({
        ...one,
        arrivals: { a: one.arrivals.b, b: one.arrivals.a },
        dropped: { a: one.dropped.b, b: one.dropped.a },
      }));
      const [was, is] = [judged(seconds), judged(mirrored)];
      for (const [i, row] of was.percentiles.entries()) {
        const other = is.percentiles[i];
        expect(other?.p).toBeCloseTo(row.p, 9);
        expect(other?.q).toBeCloseTo(row.q, 9);
        expect(other?.beforeNs).toBe(row.afterNs);
        expect(1 / (other?.ratio ?? 0)).toBeCloseTo(row.ratio, 9);
        expect(1 / (other?.ratioUpper ?? 0)).toBeCloseTo(row.ratioLower, 9);
        expect(0 - (other?.differenceUpperNs ?? 0)).toBeCloseTo(row.differenceLowerNs, 0);
        expect(other?.verdict === 'regression').toBe(row.verdict === 'improvement');
      }
      for (const [i, row] of was.shares.entries()) {
        const other = is.shares[i];
        expect(other?.p).toBeCloseTo(row.p, 9);
        expect(0 - (other?.difference ?? 0)).toBeCloseTo(row.difference, 12);
        expect(0 - (other?.differenceUpper ?? 0)).toBeCloseTo(row.differenceLower, 9);
      }
    }),
    RUNS,
  );
});

it('says the same of times that are all longer by one factor', () => {
  fc.assert(
    fc.property(load, fc.integer({ min: -900, max: 900 }), (seconds, shift) => {
      const move = (calls: SideCalls): SideCalls => ({
        ...calls,
        response: new Map([...calls.response].map(([index, count]) => [index + shift, count])),
      });
      const [was, is] = [
        judged(seconds),
        judged(withSides(seconds, ({ a, b }) => ({ a: move(a), b: move(b) }))),
      ];
      const relative = ({ percentiles, verdict }: AbJudgement) => [
        verdict,
        ...percentiles.map(({ ratioLower, ratioUpper, p, q, verdict: own }) => [
          ...[ratioLower, ratioUpper, p, q, own],
        ]),
      ];
      expect(relative(is)).toEqual(relative(was));
      for (const [i, row] of was.percentiles.entries()) {
        expect(is.percentiles[i]?.ratio).toBeCloseTo(row.ratio, 9);
        expect((is.percentiles[i]?.beforeNs ?? 0) / row.beforeNs).toBeCloseTo(1.005 ** shift, 6);
      }
    }),
    RUNS,
  );
});

it('learns nothing from seconds in which a side got nothing', () => {
  const none: SideCalls = { outcomes: {}, response: new Map(), cutOff: new Map() };
  fc.assert(
    fc.property(load, fc.nat(20), (seconds, at) => {
      const empty: AbSecond = {
        ...{ second: 0, phase: 'low', arrivals: { a: 0, b: 0 }, dropped: { a: 0, b: 0 } },
        steps: ['get', 'put'].map((step) => ({ step, a: none, b: none })),
      };
      const known = seconds.slice(0, at);
      const rows = ({ seconds: _count, ...rest }: AbJudgement) => rest;
      if (seconds.length === 0) return;
      const more = [...known, empty, ...seconds.slice(at)];
      expect(rows(judged(more))).toEqual(rows(judged(seconds)));
    }),
    RUNS,
  );
});

it('says the same again, and of the same seconds, whenever it is asked', () => {
  fc.assert(
    fc.property(load, (seconds) => {
      const test = new AbTest(OPTIONS);
      for (const one of seconds) {
        test.add(one);
        test.judge();
      }
      expect(test.judge()).toEqual(judged(seconds));
    }),
    RUNS,
  );
});

it('never calls sides changed whose calls were the same in every second', () => {
  fc.assert(
    fc.property(load, (seconds) => {
      const same = withSides(seconds, ({ a }) => ({ a, b: a })).map((one) => ({
        ...one,
        ...{ arrivals: { a: 20, b: 20 }, dropped: { a: one.dropped.a, b: one.dropped.a } },
      }));
      for (const { p, q, verdict } of [...judged(same).shares, ...judged(same).percentiles]) {
        expect({ p, q }).toEqual({ p: 1, q: 1 });
        expect(['pass', 'inconclusive', 'unjudged']).toContain(verdict);
      }
    }),
    RUNS,
  );
});

it('has narrower intervals the more of the same it sees', () => {
  fc.assert(
    fc.property(second, fc.integer({ min: 1, max: 30 }), (one, times) => {
      const [less, more] = [times, 2 * times].map((length) =>
        judged(Array.from({ length }, () => one)),
      );
      for (const [i, row] of (more?.percentiles ?? []).entries()) {
        const before = less?.percentiles[i];
        expect(row.ratioLower).toBeGreaterThanOrEqual(before?.ratioLower ?? 0);
        expect(row.ratioUpper).toBeLessThanOrEqual(before?.ratioUpper ?? Infinity);
      }
      for (const [i, row] of (more?.shares ?? []).entries()) {
        const before = less?.shares[i];
        expect(row.differenceLower).toBeGreaterThanOrEqual((before?.differenceLower ?? -1) - 1e-5);
        expect(row.differenceUpper).toBeLessThanOrEqual((before?.differenceUpper ?? 1) + 1e-5);
      }
    }),
    RUNS,
  );
});
