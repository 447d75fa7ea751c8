import fc from 'fast-check';
import { expect, it } from 'vitest';

import { Ranks } from '../../../src/compare/ab/ranks.ts';
import { RecentRanks } from '../../../src/compare/ab/recent-ranks.ts';

it('has the latest seconds that hold as many calls as are wanted, and no more of them', () => {
  const counts = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(counts, fc.integer({ min: 1, max: 60 }), (seconds, wanted) => {
      const recent = new RecentRanks(wanted);
      for (const [at, [inA, inB]] of seconds.entries()) {
        const [a, b] = [new Map([[3_000, inA]]), new Map([[3_000, inB]])];
        const second = { a: new Ranks(), b: new Ranks() };
        second.a.add(a);
        second.b.add(b);
        const around = recent.add(a, b, second);
        const past = seconds.slice(0, at + 1).toReversed();
        let [sumA, sumB] = [0, 0];
        for (const [moreA, moreB] of past) {
          if (sumA + sumB >= wanted) break;
          sumA += moreA;
          sumB += moreB;
        }
        expect([around.a.total, around.b.total]).toEqual([sumA, sumB]);
      }
    }),
  );
});
