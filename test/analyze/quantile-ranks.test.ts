import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialPmf, lowerTailCount, upperTailCount } from '../../src/analyze/binomial.ts';
import {
  neededForInterval,
  neededForUpperBound,
  sampleRankFromTop,
  twoSidedRanks,
  upperBoundRank,
} from '../../src/analyze/quantile-ranks.ts';

describe('the one-sided 95% upper bound', () => {
  it.each([
    [3_000, 21, 1, undefined],
    [10_000, 84, 5, undefined],
    [30_000, 272, 21, 1],
    [100_000, 949, 84, 5],
    [1_000_000, 9_837, 948, 84],
  ])('of n = %i is that largest value of p99, p99.9, p99.99', (n, ...ranks) => {
    const found = [99, 99.9, 99.99].map((percent) =>
      upperBoundRank({ n, percent, designEffect: 1 }),
    );
    expect(found).toEqual(ranks);
  });

  it.each([
    [99, 299],
    [99.9, 2_995],
    [99.99, 29_956],
  ])('of p%d needs n = %i, and one less has none', (percent, needed) => {
    expect(neededForUpperBound(percent, 1)).toBe(needed);
    expect(upperBoundRank({ n: needed, percent, designEffect: 1 })).toBe(1);
    expect(upperBoundRank({ n: needed - 1, percent, designEffect: 1 })).toBeUndefined();
  });
});

describe('the two-sided 95% interval', () => {
  // With n this large the number past the quantile is Poisson of the expected exceedances.
  it.each([
    [10, 18, 4],
    [100, 121, 81],
    [1_000, 1_063, 938],
  ])('with %i expected exceedances has these ranks from the top', (exceedances, lower, upper) => {
    const n = 1e9;
    const ranks = twoSidedRanks({ n, percent: 100 - (exceedances / n) * 100, designEffect: 1 });
    expect(ranks).toEqual({ lowerFromTop: lower, upperFromTop: upper });
  });

  it.each([
    [10_000, 18, 4],
    [100_000, 121, 81],
  ])('of p99.9 at n = %i has the same ranks', (n, lower, upper) => {
    const ranks = twoSidedRanks({ n, percent: 99.9, designEffect: 1 });
    expect(ranks).toEqual({ lowerFromTop: lower, upperFromTop: upper });
  });

  it.each([
    [50, 6],
    [90, 36],
    [99, 368],
    [99.9, 3_688],
    [99.99, 36_887],
  ])('of p%d needs n = %i, and one less has none', (percent, needed) => {
    expect(neededForInterval(percent, 1)).toBe(needed);
    expect(twoSidedRanks({ n: needed, percent, designEffect: 1 })).toBeDefined();
    expect(twoSidedRanks({ n: needed - 1, percent, designEffect: 1 })).toBeUndefined();
  });

  it('agrees with the normal law at a billion values', () => {
    const n = 1e9;
    const ranks = twoSidedRanks({ n, percent: 50, designEffect: 1 });
    const spread = 1.959_963_985 * Math.sqrt(n / 4);
    expect(Math.abs((ranks?.upperFromTop ?? 0) - (n / 2 - spread))).toBeLessThan(2);
    expect(Math.abs((ranks?.lowerFromTop ?? 0) - (n / 2 + spread))).toBeLessThan(2);
  });

  it('holds the sample quantile, and is the wider the greater the design effect', () => {
    const question = fc.record({
      n: fc.integer({ min: 10, max: 2_000_000 }),
      percent: fc.constantFrom(10, 50, 90, 99, 99.9, 99.99),
    });
    fc.assert(
      fc.property(question, fc.double({ min: 1, max: 30, noNaN: true }), (q, designEffect) => {
        const plain = twoSidedRanks({ ...q, designEffect: 1 });
        const wide = twoSidedRanks({ ...q, designEffect });
        const rank = sampleRankFromTop(q.n, q.percent);
        if (plain === undefined) return wide === undefined;
        const inside = plain.upperFromTop <= rank && rank <= plain.lowerFromTop;
        if (wide === undefined) return inside;
        const slack = 2 * designEffect;
        const wider =
          wide.upperFromTop <= plain.upperFromTop + slack &&
          wide.lowerFromTop >= plain.lowerFromTop - slack;
        return inside && wider;
      }),
    );
  });
});

describe('the binomial tail', () => {
  it('is what adding up the coefficients gives', () => {
    const args = [
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      fc.constantFrom(0.025, 0.05, 0.5),
    ] as const;
    fc.assert(
      fc.property(...args, (n, p, alpha) => {
        let tail = 0;
        let expected = -1;
        for (let k = 0; k <= n; k++) {
          tail += coefficient(n, k) * p ** k * (1 - p) ** (n - k);
          if (Math.abs(tail - alpha) < 1e-9) return true;
          if (tail <= alpha) expected = k;
        }
        return lowerTailCount(n, p, alpha) === Math.min(expected, n);
      }),
    );
  });

  it('mirrors between its two ends', () => {
    expect(upperTailCount(100, 0.5, 0.025)).toBe(100 - lowerTailCount(100, 0.5, 0.025));
    expect(upperTailCount(3, 0.5, 0.025)).toBe(4);
    expect(lowerTailCount(3, 0.5, 0.025)).toBe(-1);
  });

  it.each([
    [10, 0.3, 3],
    [50, 0.02, 1],
    [60, 0.5, 30],
    [60, 0.9, 60],
  ])('has the mass of Binomial(%i, %d) at %i to twelve digits', (n, p, k) => {
    const exact = coefficient(n, k) * p ** k * (1 - p) ** (n - k);
    expect(binomialPmf(n, p, k) / exact).toBeCloseTo(1, 12);
  });
});

describe('the sample quantile', () => {
  it.each([
    [1_000, 99.9, 2],
    [1_001, 99.9, 2],
    [999, 99.9, 1],
    [2, 50, 2],
    [3, 50, 2],
    [1e9, 99.9, 1_000_001],
  ])('of n = %i at p%d is the value of rank %i from the top', (n, percent, rank) => {
    expect(sampleRankFromTop(n, percent)).toBe(rank);
  });
});

function coefficient(n: number, k: number): number {
  let product = 1;
  for (let i = 1; i <= k; i++) product *= (n - k + i) / i;
  return product;
}
