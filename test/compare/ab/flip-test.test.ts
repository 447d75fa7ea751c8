import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { FlipTest } from '../../../src/compare/ab/flip-test.ts';

/** As much as single calls alone would never let the differences vary less than. */
const ALL_OF_IT = 1e12;

/** Returns the evidence after each second, by the signs that the bits of a number are. */
function evidenceOf(sizes: readonly number[], signs: number, usual: number): readonly number[] {
  const test = new FlipTest();
  return sizes.map((size, i) => {
    test.add((signs >> i) % 2 === 0 ? size : -size, usual);
    return test.evidence();
  });
}

function everySign(sizes: readonly number[], usual: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** sizes.length }, (_, signs) => evidenceOf(sizes, signs, usual));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const sizesFrom = (min: number, max: number) =>
  fc.array(fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 1e3, noNaN: true })), {
    minLength: min,
    maxLength: max,
  });

describe('the evidence, over all signs that differences of given sizes can have', () => {
  it('is 1 in the mean where single calls explain how they vary', () => {
    fc.assert(
      fc.property(sizesFrom(1, 8), (sizes) => {
        const last = everySign(sizes, ALL_OF_IT).map((evidence) => evidence.at(-1) ?? 1);
        expect(mean(last)).toBeCloseTo(1, 6);
      }),
      { numRuns: 50 },
    );
  });

  it('is 1 in the mean at most where they do not', () => {
    fc.assert(
      fc.property(sizesFrom(1, 8), fc.double({ min: 0, max: 1, noNaN: true }), (sizes, usual) => {
        const last = everySign(sizes, usual).map((evidence) => evidence.at(-1) ?? 1);
        expect(mean(last)).toBeLessThanOrEqual(1 + 1e-6);
      }),
      { numRuns: 50 },
    );
  });

  it('reaches 20 at any time in one of twenty at most', () => {
    fc.assert(
      fc.property(sizesFrom(11, 11), (sizes) => {
        const reached = everySign(sizes, ALL_OF_IT).filter((all) => Math.max(...all) >= 20);
        expect(reached.length / 2 ** sizes.length).toBeLessThanOrEqual(1 / 20);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the evidence', () => {
  it('is the same for the opposite signs, and for differences in another unit', () => {
    const differences = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 30 });
    fc.assert(
      fc.property(differences, (some) => {
        const evidence = (unit: number): number => {
          const test = new FlipTest();
          for (const one of some) test.add(unit * one, unit * unit);
          return test.evidence();
        };
        expect(evidence(-1)).toBe(evidence(1));
        expect(evidence(64)).toBeCloseTo(evidence(1), 8);
      }),
    );
  });

  it('grows to 500 in thirteen seconds that all point one way', () => {
    const evidence = evidenceOf(
      Array.from({ length: 13 }, () => 1),
      0,
      1,
    );
    expect(evidence.at(-1)).toBeGreaterThan(500);
    expect(evidence[4]).toBeLessThan(20);
  });

  it('is less where the differences are alike for seconds on end', () => {
    const signs = [1, -1, 1, 1, -1, 1, 1, 1, -1, 1, 1, -1];
    const evidence = (each: readonly number[], usual: number): number => {
      const test = new FlipTest();
      for (const one of each) test.add(one, usual);
      return test.evidence();
    };
    const alike = signs.toSorted((a, b) => a - b);
    expect(evidence(alike, 0.1)).toBeLessThan(evidence(alike, 2));
    expect(evidence(signs, 2)).toBeCloseTo(evidence(alike, 2), 8);
  });
});
