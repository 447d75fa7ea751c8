import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  CANCELLED,
  drawAt,
  NS_PER_MS,
  OK,
  type OutcomeCode,
  STATUS,
  TIMEOUT,
} from '../../src/core/index.ts';
import { AnswerPool, type DrawnEnd } from '../../src/simulate/answer-pool.ts';

function ended(outcome: OutcomeCode, timesMs: readonly number[], each = 1) {
  return {
    outcome,
    isUnsent: false,
    valueNs: timesMs.map((ms) => ms * NS_PER_MS),
    count: timesMs.map(() => each),
  };
}

const DRAWS = 20_000;

function drawn(pool: AnswerPool): readonly DrawnEnd[] {
  return Array.from({ length: DRAWS }, (_, i) => pool.draw((draw) => drawAt(7, draw + 1, i)));
}

function shareOf(ends: readonly DrawnEnd[], is: (end: DrawnEnd) => boolean): number {
  return ends.filter(is).length / ends.length;
}

/** Five standard deviations of a share of so many draws. */
const CLOSE = 5 * Math.sqrt(0.25 / DRAWS);

it('gives every attempt the same chance, whatever became of it', () => {
  const attempt = fc.record({ ms: fc.integer({ min: 1, max: 500 }), isOk: fc.boolean() });
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 1, maxLength: 20 }), (attempts) => {
      const pool = new AnswerPool(attempts.map(({ ms, isOk }) => ended(isOk ? OK : STATUS, [ms])));
      const ends = drawn(pool);
      const median = attempts.map(({ ms }) => ms).toSorted((a, b) => a - b)[attempts.length >> 1];
      const upTo = (ms: number): boolean => ms <= (median ?? 0);
      const share = attempts.filter(({ ms }) => upTo(ms)).length / attempts.length;
      expect(shareOf(ends, ({ tookNs }) => upTo(tookNs / NS_PER_MS))).toBeCloseTo(share, 1);
      const ok = attempts.filter(({ isOk }) => isOk).length / attempts.length;
      expect(Math.abs(shareOf(ends, ({ outcome }) => outcome === OK) - ok)).toBeLessThan(CLOSE);
    }),
    { numRuns: 20 },
  );
});

it('knows of an attempt that timed out only that it took longer', () => {
  const ends = drawn(new AnswerPool([ended(OK, [5, 10, 20], 30), ended(TIMEOUT, [1_000], 10)]));
  const cutOff = ends.filter(({ isCutOff }) => isCutOff);
  expect(new Set(cutOff.map(({ tookNs }) => tookNs))).toEqual(new Set([1_000 * NS_PER_MS]));
  expect(Math.abs(cutOff.length / DRAWS - 0.1)).toBeLessThan(CLOSE);
});

it('takes no answer that came as the timer was late for what timed out', () => {
  const ends = drawn(new AnswerPool([ended(OK, [5, 1_003]), ended(TIMEOUT, [1_000], 8)]));
  expect(Math.abs(shareOf(ends, ({ isCutOff }) => isCutOff) - 0.8)).toBeLessThan(CLOSE);
});

// Of 10 attempts, as their times are known: 10 20 20+ 30 30+ 40 50 60 70 80 ms.
it('takes those that took longer for one that was given up, as Kaplan and Meier do', () => {
  const known = ended(OK, [10, 20, 30, 40, 50, 60, 70, 80]);
  const ends = drawn(new AnswerPool([known, ended(CANCELLED, [20, 30])]));
  expect(ends.some(({ isCutOff }) => isCutOff)).toBe(false);
  // S(20) = 8/10; S(30) = S(20) * 6/7; then five that share it evenly.
  const beyond = (ms: number) => shareOf(ends, ({ tookNs }) => tookNs > ms * NS_PER_MS);
  expect(Math.abs(beyond(20) - 0.8)).toBeLessThan(CLOSE);
  expect(Math.abs(beyond(30) - (0.8 * 6) / 7)).toBeLessThan(CLOSE);
  expect(Math.abs(beyond(60) - (0.8 * (6 / 7) * 2) / 5)).toBeLessThan(CLOSE);
});
