import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callWeights, countCalls } from '../../src/why/call-weights.ts';
import type { StepCall } from '../../src/why/step-calls.ts';

const TOOK = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 200 });

function callsOf(took: readonly number[], outcome = 'ok'): readonly StepCall[] {
  const rest = { trace: 0, roots: [0], lagNs: 0, waitNs: 0, isBad: false };
  return took.map((tookNs) => ({ ...rest, tookNs, outcome }));
}

function histogramOf(took: readonly number[]) {
  const valueNs = took.toSorted((a, b) => a - b);
  return { valueNs, count: valueNs.map(() => 1) };
}

it('weighs each call once where all are stored, and all of them as many as there were', () => {
  fc.assert(
    fc.property(TOOK, TOOK, fc.integer({ min: 1, max: 1_000 }), (stored, others, limitNs) => {
      const target = { bad: { kind: 'slow', limitNs } } as const;
      const calls = callsOf(stored);
      const whole = { timed: histogramOf(stored), outcomes: { ok: stored.length } };
      const own = callWeights(calls, whole, target);
      expect(own.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(stored.length, 6);
      // Both sides of the limit sum to what the run had there, where any of either is stored.
      const all = [...stored, ...others];
      const counts = { timed: histogramOf(all), outcomes: { ok: all.length } };
      const weights = callWeights(calls, counts, target);
      const sums = { bad: 0, good: 0 };
      stored.forEach((took, i) => {
        sums[took > limitNs ? 'bad' : 'good'] += weights[i] ?? 0;
      });
      const inAll = countCalls(counts, target);
      if (sums.bad > 0 && sums.good > 0) {
        expect(sums.bad).toBeCloseTo(inAll.bad, 6);
        expect(sums.good).toBeCloseTo(inAll.good, 6);
      }
    }),
  );
});

it('weighs failed calls by how they ended', () => {
  const calls = [...callsOf([5, 5]), ...callsOf([1, 1], 'status'), ...callsOf([9], 'timeout')];
  const outcomes = { ok: 100, status: 6, timeout: 1 } as const;
  const counts = { timed: { valueNs: [5], count: [100] }, outcomes };
  const target = { bad: { kind: 'failed', outcomes: ['status', 'timeout'] } } as const;
  expect([...callWeights(calls, counts, target)]).toEqual([50, 50, 3, 3, 1]);
  expect(countCalls(counts, target)).toEqual({ bad: 7, good: 100 });
});
