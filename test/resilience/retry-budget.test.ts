import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { NS_PER_SEC, rngFrom, type Ns } from '../../src/core/index.ts';
import { RetryBudget } from '../../src/resilience/index.ts';

const TTL_NS = 10 * NS_PER_SEC;

/** Returns how many retries of a budget can be taken at once. */
function drain(budget: RetryBudget, nowNs: Ns): number {
  let taken = 0;
  while (budget.take(nowNs)) taken++;
  return taken;
}

describe('a retry budget', () => {
  const ratios = [0, 0.0001, 0.001, 0.01, 0.1, 0.2, 0.25, 1 / 3, 0.5, 0.75, 0.9, 0.99, 0.9999, 1];
  test.each(ratios)('of ratio %f has n * ratio + min with a frozen clock', (ratio) => {
    for (const minPerSec of [0, 0.5, 10]) {
      const budget = new RetryBudget({ ratio, minPerSec, ttlNs: TTL_NS });
      for (let i = 0; i < 10_000; i++) budget.call(0);
      const wanted = 10_000 * ratio + minPerSec * 10;
      expect(budget.balance(0)).toBeCloseTo(wanted, 6);
      const taken = drain(budget, 0);
      expect(taken).toBeLessThanOrEqual(wanted + 1e-6);
      expect(taken).toBeGreaterThan(wanted - 1);
    }
  });

  test('of a whole share of a hundred calls has just that', () => {
    for (let percent = 1; percent <= 100; percent++) {
      const budget = new RetryBudget({ ratio: percent / 100, minPerSec: 0, ttlNs: TTL_NS });
      for (let i = 0; i < 100; i++) budget.call(0);
      expect(drain(budget, 0)).toBe(percent);
    }
  });

  it('lets through ratio and minimum of a load that goes on, and no more', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.0001, max: 0.9999, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer(),
        (ratio, minPerSec, ratePerSec, seed) => {
          const rng = rngFrom(seed, 'calls');
          const budget = new RetryBudget({ ratio, minPerSec, ttlNs: TTL_NS });
          const [seconds, calls] = [60, 60 * ratePerSec];
          let [nowNs, retries] = [0, 0];
          for (let i = 0; i < calls; i++) {
            nowNs += Math.round((rng.nextFloat() * 2 * NS_PER_SEC) / ratePerSec);
            budget.call(nowNs);
            while (budget.take(nowNs)) retries++;
          }
          // 60 s are cut into 6.7 windows of 9 s, of which none holds more.
          expect(retries).toBeLessThanOrEqual(calls * ratio + minPerSec * 10 * 7.7 + 7.7);
          // Less than one is left over at any time, and is forgotten with its window.
          expect(retries).toBeGreaterThan(calls * ratio * 0.8 + minPerSec * (seconds - 20) - 8);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('never has more retries within nine tenths of a ttl than it may', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.tuple(fc.nat({ max: NS_PER_SEC }), fc.boolean()), { maxLength: 300 }),
        (ratio, minPerSec, events) => {
          const budget = new RetryBudget({ ratio, minPerSec, ttlNs: TTL_NS });
          const calls: Ns[] = [];
          const retries: Ns[] = [];
          let nowNs = 0;
          for (const [passedNs, isCall] of events) {
            nowNs += passedNs;
            if (isCall) {
              budget.call(nowNs);
              calls.push(nowNs);
            } else if (budget.take(nowNs)) {
              retries.push(nowNs);
              const recent = retries.filter((atNs) => atNs > nowNs - 0.9 * TTL_NS).length;
              const most = calls.filter((atNs) => atNs > nowNs - TTL_NS).length * ratio;
              expect(recent).toBeLessThanOrEqual(most + minPerSec * 10 + 1e-6);
            }
          }
        },
      ),
    );
  });

  it('forgets calls and retries once they are older than the ttl', () => {
    const budget = new RetryBudget({ ratio: 0.5, minPerSec: 1, ttlNs: TTL_NS });
    for (let i = 0; i < 100; i++) budget.call(0);
    expect(drain(budget, 0)).toBe(60);
    expect(budget.balance(0.8 * TTL_NS)).toBe(0);
    expect(budget.balance(TTL_NS)).toBe(10);
    expect(drain(budget, 3 * TTL_NS)).toBe(10);
    // The retries are there still, the calls that paid for others are not.
    const early = new RetryBudget({ ratio: 0.1, minPerSec: 0, ttlNs: TTL_NS });
    for (let i = 0; i < 10; i++) early.call(0);
    expect(early.take(0.95 * TTL_NS)).toBe(true);
    expect(early.balance(1.05 * TTL_NS)).toBe(-1);
  });
});
