import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, rngFrom } from '../../src/core/index.ts';
import { HedgeDelay } from '../../src/resilience/index.ts';

function hedgeAt(quantile: number, extraRatioMax = 0.05): HedgeDelay {
  return new HedgeDelay({ after: { quantile }, extraRatioMax });
}

test('a fixed delay is always known', () => {
  const hedge = new HedgeDelay({ after: { delayNs: 50 * NS_PER_MS }, extraRatioMax: 0.05 });
  hedge.record(1);
  expect(hedge.delayNs()).toBe(50 * NS_PER_MS);
});

describe('a delay at a quantile', () => {
  test.each([
    [0.5, 100],
    [0.9, 100],
    [0.95, 200],
    [0.99, 1_000],
    [0.999, 10_000],
  ])('at %f is unknown below %i attempts', (quantile, enough) => {
    const hedge = hedgeAt(quantile);
    for (let i = 1; i < enough; i++) hedge.record(NS_PER_MS);
    expect(hedge.delayNs()).toBe(Infinity);
    hedge.record(NS_PER_MS);
    expect(hedge.delayNs()).toBeLessThan(1.04 * NS_PER_MS);
  });

  it('is the quantile of what was recorded, to a bucket, whatever that is', () => {
    const took = fc.oneof(
      fc.nat({ max: 200_000 }),
      fc.nat({ max: NS_PER_SEC }),
      fc.nat({ max: 600 * NS_PER_SEC }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom([0.5, 100] as const, [0.9, 100] as const, [0.95, 200] as const),
        fc.array(took, { minLength: 4, maxLength: 15 }),
        ([quantile, enough], values) => {
          const hedge = hedgeAt(quantile);
          const recorded: number[] = [];
          // It is renewed as it is known first, and behind every 64 from there.
          const count = enough + 8 * 64;
          for (let i = 0; i < count; i++) {
            const tookNs = values[(i * i) % values.length] ?? 0;
            hedge.record(tookNs);
            recorded.push(tookNs);
          }
          const wanted = recorded.sort((a, b) => a - b)[Math.ceil(count * quantile) - 1] ?? 0;
          expect(hedge.delayNs()).toBeGreaterThanOrEqual(wanted);
          expect(hedge.delayNs()).toBeLessThanOrEqual(wanted * (1 + 1 / 32) + 1_024);
        },
      ),
    );
  });

  it('follows a callee that gets slower, and one that gets faster', () => {
    const hedge = hedgeAt(0.95);
    const rng = rngFrom(3, 'latencies');
    for (const meanMs of [10, 100, 5]) {
      for (let i = 0; i < 5_000; i++) {
        hedge.record(-Math.log1p(-rng.nextFloat()) * meanMs * NS_PER_MS);
      }
      // p95 of an exponential is ln 20 times its mean; 5 standard errors of 2,000, and a bucket.
      const ratio = hedge.delayNs() / (Math.log(20) * meanMs * NS_PER_MS);
      expect(Math.abs(ratio - 1)).toBeLessThan(0.2);
    }
  });

  it('stays where it is when attempts beyond it are given up for their hedges', () => {
    const [whole, cut] = [hedgeAt(0.9), hedgeAt(0.9)];
    const rng = rngFrom(5, 'latencies');
    for (let i = 0; i < 20_000; i++) {
      const tookNs = -Math.log1p(-rng.nextFloat()) * 10 * NS_PER_MS;
      whole.record(tookNs);
      cut.record(Math.min(tookNs, cut.delayNs() + NS_PER_MS));
    }
    expect(Math.abs(cut.delayNs() / whole.delayNs() - 1)).toBeLessThan(0.1);
  });
});

describe('the budget of hedges', () => {
  it('is at most their share of the calls, and nearly that where all are wanted', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 3_000 }),
        (extraRatioMax, calls) => {
          const hedge = hedgeAt(0.95, extraRatioMax);
          let hedges = 0;
          for (let i = 1; i <= calls; i++) {
            hedge.call();
            while (hedge.take()) hedges++;
            if (hedges > i * extraRatioMax + 1e-6) expect(hedges).toBe(i * extraRatioMax);
          }
          expect(hedges).toBeGreaterThan(calls * extraRatioMax - 1 - 1e-6);
        },
      ),
    );
  });

  it('is a whole share of the calls where that is one', () => {
    for (const percent of [1, 2, 5, 10, 20, 50, 100]) {
      const hedge = hedgeAt(0.95, percent / 100);
      let hedges = 0;
      for (let i = 0; i < 1_000; i++) {
        hedge.call();
        if (hedge.take()) hedges++;
      }
      expect(hedges).toBe(percent * 10);
    }
  });

  it('keeps ten for a bad time, and no more', () => {
    const hedge = hedgeAt(0.95);
    for (let i = 0; i < 100_000; i++) hedge.call();
    const taken = Array.from({ length: 20 }, () => hedge.take()).filter(Boolean);
    expect(taken).toHaveLength(10);
  });
});
