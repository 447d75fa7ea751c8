import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialAtMost } from '../../src/analyze/index.ts';
import type { PercentileRow, ShareRow } from '../../src/compare/index.ts';
import { judgeParts, stepVerdict, type StepQuestion } from '../../src/verify/judge-step.ts';
import type { PartName, PartResult, StepSide } from '../../src/verify/verification.ts';
import { FULL_PROTECTION, policyWith } from '../advise/stacks/sample-exports.ts';

const SIDE: StepSide = {
  ...{ calls: 10_000, errorRatio: 0, attempts: 10_000, retries: 0, hedges: 0, rejected: 0 },
  ...{ rejectedBy: '', measuredNs: 50e9, attemptsPerSec: 200 },
  rejectedHealthy: { hits: 0, n: 8_000 },
};

/** The share of failed calls fell by so much, give or take. */
function errors(fall: number, give: number, verdict: ShareRow['verdict'] = 'pass'): ShareRow {
  return {
    ...{ kind: 'errors', step: 'home', before: fall + 0.01, after: 0.01, difference: -fall },
    ...{ differenceLower: -fall - give, differenceUpper: -fall + give, p: 0, q: 0 },
    ...{ verdict, reason: '' },
  };
}

function times(percent: number, ratio: number, verdict: PercentileRow['verdict']): PercentileRow {
  return {
    ...{ step: 'home', percent, beforeNs: 10e6, afterNs: 10e6 * ratio, ratio },
    ...{ ratioLower: ratio * 0.98, ratioUpper: ratio * 1.02, differenceNs: 10e6 * (ratio - 1) },
    ...{ differenceLowerNs: 0, differenceUpperNs: 0, p: 0, q: 0, verdict, reason: '' },
  };
}

const QUESTION: StepQuestion = {
  policy: policyWith(2, 'transient'),
  successPercent: 99.9,
  before: SIDE,
  after: SIDE,
  falseTimeouts: { healthy: { hits: 0, n: 8_000 }, all: { hits: 0, n: 10_000 } },
  connects: {
    ...{ timeoutNs: 250e6, healthy: { hits: 0, n: 5_000 } },
    after: { opened: 5_000, timedOut: 0 },
  },
  errors: errors(0, 0),
  percentiles: [times(50, 1, 'pass')],
};

function verdictOf(part: PartName, changes: Partial<StepQuestion>): PartResult['verdict'] {
  const found = judgeParts({ ...QUESTION, ...changes }).find((one) => one.part === part);
  if (found === undefined) throw new Error(`there is no ${part}`);
  return found.verdict;
}

/** P(X = hits), by the difference of two sums. */
function chanceOf(hits: number, n: number, p: number): number {
  return binomialAtMost(n, p, hits) - (hits === 0 ? 0 : binomialAtMost(n, p, hits - 1));
}

describe('a share that is promised to be small', () => {
  const LIMIT = 0.001;
  const verdicts = (n: number): readonly PartResult['verdict'][] =>
    Array.from({ length: 40 }, (_, hits) => {
      const falseTimeouts = { healthy: { hits, n }, all: { hits, n } };
      return verdictOf('attempt timeout', { falseTimeouts });
    });

  it.each([50, 500, 3_000])(
    'is called broken in 5%% of runs at most where it is kept, of %d',
    (n) => {
      const all = verdicts(n);
      for (const share of [LIMIT, LIMIT / 2, LIMIT / 10]) {
        const wrong = all.map((verdict, hits) =>
          verdict === 'not-held' ? chanceOf(hits, n, share) : 0,
        );
        expect(wrong.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(0.05);
      }
    },
  );

  it.each([500, 3_000, 10_000])('is called kept in 5%% at most where it is broken, of %d', (n) => {
    const all = verdicts(n);
    for (const share of [LIMIT, 2 * LIMIT, 10 * LIMIT]) {
      const wrong = all.map((verdict, hits) => (verdict === 'held' ? chanceOf(hits, n, share) : 0));
      expect(wrong.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(0.05);
    }
  });

  it('says of how many calls it would be decided, and of so many it is', () => {
    const falseTimeouts = { healthy: { hits: 0, n: 1_000 }, all: { hits: 0, n: 1_000 } };
    const part = judgeParts({ ...QUESTION, falseTimeouts }).find(
      (one) => one.part === 'attempt timeout',
    );
    expect(part?.verdict).toBe('cannot-tell');
    const needed = Number(
      /about ([\d,]+) calls/u.exec(part?.decidedBy ?? '')?.[1]?.replace(',', ''),
    );
    const enough = { healthy: { hits: 0, n: needed }, all: { hits: 0, n: needed } };
    expect(verdictOf('attempt timeout', { falseTimeouts: enough })).toBe('held');
  });
});

describe('the connect timeout', () => {
  const connectsOf = (hits: number, n: number) => ({
    connects: { ...QUESTION.connects, healthy: { hits, n } },
  });

  it('is judged by the connections that it would give up, and is called broken in 5% at most', () => {
    for (const n of [10, 300, 5_000]) {
      const wrong = Array.from({ length: 40 }, (_, hits) => hits).filter(
        (hits) => hits <= n && verdictOf('connect timeout', connectsOf(hits, n)) === 'not-held',
      );
      const chance = wrong.reduce((sum, hits) => sum + chanceOf(hits, n, 0.001), 0);
      expect(chance).toBeLessThanOrEqual(0.05);
    }
    expect(verdictOf('connect timeout', connectsOf(2, 10_000))).toBe('held');
    expect(verdictOf('connect timeout', connectsOf(3, 300))).toBe('not-held');
    expect(verdictOf('connect timeout', connectsOf(1, 300))).toBe('cannot-tell');
  });

  it('is in no verdict where the few connections of a run were all opened within it', () => {
    for (const n of [0, 1, 10, 300]) {
      const found = judgeParts({ ...QUESTION, ...connectsOf(0, n) }).find(
        ({ part }) => part === 'connect timeout',
      );
      expect(found).toMatchObject({
        verdict: 'untested',
        decidedBy: 'about 2,995 connections outside faults',
      });
    }
    expect(verdictOf('connect timeout', connectsOf(0, 2_994))).toBe('untested');
    expect(verdictOf('connect timeout', connectsOf(0, 2_995))).toBe('held');
  });

  it('says what was given up in the run after', () => {
    const connects = { ...QUESTION.connects, after: { opened: 1_200, timedOut: 34 } };
    const found = judgeParts({ ...QUESTION, connects }).find(
      ({ part }) => part === 'connect timeout',
    );
    expect(found?.seen).toContain('in the run after 34 of 1,234 were given up');
  });
});

describe('retries', () => {
  const ORDER = ['not-held', 'cannot-tell', 'held'];

  it('hold more as they save more, and never for what their interval rules out', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.2, max: 0.2, noNaN: true }),
        fc.double({ min: 0, max: 0.1, noNaN: true }),
        fc.double({ min: 0, max: 0.05, noNaN: true }),
        fc.integer({ min: 20, max: 3_000 }),
        (fall, more, give, retries) => {
          const after = { ...SIDE, retries, attempts: SIDE.calls + retries };
          const half = retries / SIDE.calls / 2;
          const verdict = verdictOf('retries', { after, errors: errors(fall, give) });
          const [low, high] = [
            -errors(fall, give).differenceUpper,
            -errors(fall, give).differenceLower,
          ];
          // The oracle: where half of the extra attempts lies against the interval.
          expect(verdict).toBe(high < half ? 'not-held' : low >= half ? 'held' : 'cannot-tell');
          const better = verdictOf('retries', { after, errors: errors(fall + more, give) });
          expect(ORDER.indexOf(better)).toBeGreaterThanOrEqual(ORDER.indexOf(verdict));
        },
      ),
    );
  });

  it('are not blamed for what a breaker refused', () => {
    const after = { ...SIDE, retries: 400, rejected: 2_000, rejectedBy: 'by the breaker' };
    expect(verdictOf('retries', { after, errors: errors(-0.15, 0.01) })).toBe('cannot-tell');
    const few = { ...after, rejected: 100 };
    expect(verdictOf('retries', { after: few, errors: errors(-0.15, 0.01) })).toBe('not-held');
  });

  it('are not tested where next to nothing was sent again, whatever else changed', () => {
    const after = { ...SIDE, retries: 9 };
    expect(verdictOf('retries', { after, errors: errors(0.2, 0) })).toBe('untested');
    expect(verdictOf('retries', { after: SIDE, errors: errors(-0.2, 0) })).toBe('untested');
  });

  it('are of the extra ones alone: those that were made before cost nothing more', () => {
    const before = { ...SIDE, retries: 500, attempts: 10_500 };
    const after = { ...SIDE, retries: 505, attempts: 10_505 };
    expect(verdictOf('retries', { before, after })).toBe('untested');
  });
});

describe('the load', () => {
  it('holds up to the budget, its least rate and the hedges, and no further', () => {
    // 5% of 10,000 calls, 1/s for 50 s, 5% hedges: 1,050 more.
    const attempts = (count: number) => ({ after: { ...SIDE, attempts: count } });
    const hedged = { protection: FULL_PROTECTION };
    expect(verdictOf('load', { ...hedged, ...attempts(11_050) })).toBe('held');
    expect(verdictOf('load', { ...hedged, ...attempts(11_200) })).toBe('not-held');
    expect(verdictOf('load', attempts(10_550))).toBe('held');
    expect(verdictOf('load', attempts(10_700))).toBe('not-held');
    const once = { policy: policyWith(1, 'nothing') };
    expect(verdictOf('load', { ...once, ...attempts(10_200) })).toBe('not-held');
  });
});

describe('hedges', () => {
  const hedged = (row: PercentileRow, hedges = 300) => ({
    ...{ protection: FULL_PROTECTION, after: { ...SIDE, hedges } },
    percentiles: [times(50, 1, 'pass'), row, times(99.9, 0.1, 'unjudged')],
  });

  it('are judged by the highest percentile that both runs carry', () => {
    expect(verdictOf('hedge', hedged(times(99, 0.5, 'improvement')))).toBe('held');
    expect(verdictOf('hedge', hedged(times(99, 1.1, 'pass')))).toBe('not-held');
    expect(verdictOf('hedge', hedged(times(99, 0.95, 'pass')))).toBe('cannot-tell');
    expect(verdictOf('hedge', hedged(times(99, 0.5, 'unjudged')))).toBe('cannot-tell');
    expect(verdictOf('hedge', hedged(times(99, 0.5, 'improvement'), 0))).toBe('untested');
  });
});

describe('a step', () => {
  const PART: PartResult = {
    ...{ part: 'load', promise: '', seen: '', decidedBy: '', verdict: 'held' },
  };

  it('does not hold where a part does not, is open where one is, and no untested part counts', () => {
    const verdicts = fc.array(
      fc.constantFrom('held' as const, 'not-held' as const, 'cannot-tell' as const),
    );
    fc.assert(
      fc.property(verdicts, fc.nat(3), (own, untested) => {
        const parts = own.map((verdict) => ({ ...PART, verdict }));
        const idle = Array.from({ length: untested }, () => ({
          ...PART,
          verdict: 'untested' as const,
        }));
        const wanted = own.includes('not-held')
          ? 'not-held'
          : own.includes('cannot-tell')
            ? 'cannot-tell'
            : 'held';
        expect(stepVerdict([...idle, ...parts])).toBe(wanted);
      }),
    );
  });

  it('that fails more or answers half of its calls later does not hold', () => {
    expect(verdictOf('success', { errors: errors(-0.02, 0.001, 'regression') })).toBe('not-held');
    expect(verdictOf('success', { errors: errors(0, 0.1, 'inconclusive') })).toBe('cannot-tell');
    expect(verdictOf('success', { errors: errors(0, 0.1, 'unjudged') })).toBe('cannot-tell');
    expect(verdictOf('median', { percentiles: [times(50, 2, 'regression')] })).toBe('not-held');
    expect(verdictOf('median', { percentiles: [] })).toBe('cannot-tell');
  });
});
