import fc from 'fast-check';
import { expect, it } from 'vitest';

import { studentTwoSided } from '../../src/compare/student.ts';

it.each([
  [12.7062, 1, 0.05],
  [4.30265, 2, 0.05],
  [2.22814, 10, 0.05],
  [4.58689, 10, 0.001],
  [3.4602, 60, 0.001],
  [2.5758, 1e7, 0.01],
  [0, 5, 1],
])('has the p-value of t = %f with %f degrees of freedom', (t, degrees, p) => {
  expect(studentTwoSided(t, degrees)).toBeCloseTo(p, 5);
  expect(studentTwoSided(-t, degrees)).toBeCloseTo(p, 5);
});

it('falls as t grows, stays within 0 and 1, and says nothing without freedom', () => {
  const t = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(t, t, fc.double({ min: 0.5, max: 1e6, noNaN: true }), (a, b, degrees) => {
      const [less, more] = [Math.min(a, b), Math.max(a, b)].map((x) => studentTwoSided(x, degrees));
      expect(less).toBeLessThanOrEqual(1);
      expect(more).toBeGreaterThanOrEqual(0);
      expect(more).toBeLessThanOrEqual((less ?? 0) + 1e-9);
    }),
  );
  expect(studentTwoSided(3, 0)).toBe(1);
  expect(studentTwoSided(Infinity, 5)).toBe(0);
});
