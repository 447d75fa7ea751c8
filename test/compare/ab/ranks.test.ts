import fc from 'fast-check';
import { expect, it } from 'vitest';

import { Ranks } from '../../../src/compare/ab/ranks.ts';

const part = fc.array(fc.integer({ min: 3_000, max: 3_040 }), { maxLength: 30 });

function ranksOf(parts: readonly (readonly number[])[]): Ranks {
  const ranks = new Ranks();
  for (const values of parts) {
    const counts = new Map<number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    ranks.add(counts);
  }
  return ranks;
}

it('counts what lies at most in a bucket, whatever parts it came in', () => {
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 5 }),
      fc.integer({ min: 2_990, max: 3_050 }),
      (parts, at) => {
        const values = parts.flat();
        for (const ranks of [ranksOf(parts), ranksOf([values]), ranksOf(parts.toReversed())]) {
          expect(ranks.total).toBe(values.length);
          expect(ranks.atMost(at)).toBe(values.filter((value) => value <= at).length);
          const between = (ranks.atMost(at) + ranks.atMost(at + 1)) / 2;
          expect(ranks.atMost(at + 0.5)).toBe(between);
        }
      },
    ),
  );
});

it('has the place of a percentile in the bucket that holds its rank, and none of nothing', () => {
  fc.assert(
    fc.property(part, fc.integer({ min: 1, max: 99 }), (values, percent) => {
      const place = ranksOf([values]).placeOf(percent / 100);
      const rank = Math.max(1, Math.ceil((percent / 100) * values.length - 1e-9));
      const value = values.toSorted((a, b) => a - b)[rank - 1];
      if (value === undefined) expect(place).toBeNaN();
      else expect(Math.abs(place - value)).toBeLessThanOrEqual(0.5 + 1e-9);
    }),
  );
});
