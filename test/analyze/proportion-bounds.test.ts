import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proportionBounds } from '../../src/analyze/index.ts';

describe('the bounds of a proportion', () => {
  it.each([
    // The rule of three, and its mirror.
    [0, 299, 0, 0.00997],
    [299, 299, 0.99003, 1],
    // Tables of Clopper and Pearson, one-sided 95%.
    [1, 10, 0.00512, 0.39416],
    [5, 10, 0.22244, 0.77756],
    [0, 0, 0, 1],
  ])('%i of %i are %f and %f', (hits, n, lower, upper) => {
    const bounds = proportionBounds(hits, n);
    expect(bounds.lower).toBeCloseTo(lower, 4);
    expect(bounds.upper).toBeCloseTo(upper, 4);
  });

  it('hold the ratio between them, and come together as n grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 0, max: 1 }), (n, part) => {
        if (Number.isNaN(part)) return;
        const hits = Math.floor(n * part);
        const small = proportionBounds(hits, n);
        const large = proportionBounds(hits * 10, n * 10);
        expect(small.lower).toBeLessThanOrEqual(hits / n);
        expect(small.upper).toBeGreaterThanOrEqual(hits / n);
        expect(large.upper - large.lower).toBeLessThan(small.upper - small.lower);
      }),
    );
  });
});
