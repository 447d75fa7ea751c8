import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarizeCalls, summarizeClock } from '../../src/analyze/index.ts';
import { NS_PER_MS, parseDuration } from '../../src/core/index.ts';
import { decideByInterval } from '../../src/gate/decide-threshold.ts';
import { observeShare } from '../../src/gate/observe-share.ts';
import { errorLimit, limitText, timeLimit } from '../../src/init/limits.ts';

const durations = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 900 });

function clockOf(ms: readonly number[]) {
  const valueNs = [...new Set(ms)].toSorted((a, b) => a - b).map((value) => value * NS_PER_MS);
  const count = valueNs.map((ns) => ms.filter((value) => value * NS_PER_MS === ns).length);
  return summarizeClock({ exact: { valueNs, count }, censored: { valueNs: [], count: [] } });
}

describe('the limit of a response time', () => {
  it('is twice the upper end of the interval, in two digits, and is written as a duration', () => {
    fc.assert(
      fc.property(durations, (ms) => {
        const limit = timeLimit(clockOf(ms), 3);
        if (limit === undefined) return;
        const least = Math.max(2 * limit.upperNs, limit.upperNs + 10 * NS_PER_MS);
        expect(limit.limitNs).toBeGreaterThanOrEqual(least);
        expect(limit.limitNs).toBeLessThanOrEqual(least * 1.1 + NS_PER_MS);
        expect(limitText(limit.limitNs)).toMatch(/^[\d.]{1,4}\d*(?:ms|s)$/u);
        expect(parseDuration(limitText(limit.limitNs))).toBe(limit.limitNs);
      }),
    );
  });

  it('is of the highest percentile that the calls bound and a run will decide', () => {
    const percentOf = (n: number, growth: number): number | undefined =>
      timeLimit(clockOf(Array.from({ length: n }, (_, i) => (i % 7) + 1)), growth)?.percent;
    expect(percentOf(500, 3)).toBe(99);
    expect(percentOf(200, 3)).toBe(95);
    expect(percentOf(50, 3)).toBe(90);
    expect(percentOf(10, 3)).toBe(50);
    expect(percentOf(2, 3)).toBeUndefined();
    expect(percentOf(500, 0.5)).toBe(95);
  });
});

describe('the limit of errors', () => {
  it('is 1% where none was seen, else above what chance makes of those that were', () => {
    expect(errorLimit({ errors: 0, calls: 1_000 }, 3)).toBe(0.01);
    expect(errorLimit({ errors: 1, calls: 100 }, 3)).toBe(0.1);
    expect(errorLimit({ errors: 1, calls: 100_000 }, 3)).toBe(0.01);
    expect(errorLimit({ errors: 3, calls: 4 }, 3)).toBe(1);
  });

  it('is one that a run with two failures passes', () => {
    const calls = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(calls, fc.double({ min: 1, max: 10, noNaN: true }), (measured, growth) => {
        const limit = errorLimit({ errors: 0, calls: measured }, growth);
        const n = Math.max(2, Math.floor(measured * growth));
        const { interval } = observeShare(
          { count: 2, of: 'errors' },
          { ...summarizeCalls([], 0), calls: n },
          { aggregate: { kind: 'rate' }, operator: '<', limit },
        );
        // A limit of 100% is held against the value.
        expect(interval === undefined).toBe(limit === 1);
        if (interval) expect(decideByInterval('<', limit, interval).state).toBe('pass');
      }),
    );
  });
});
