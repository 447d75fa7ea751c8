import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserPool, type PooledUser } from '../../src/engine/user-pool.ts';
import type { ClosedPhase } from '../../src/schedule/index.ts';

function poolOf(...userCounts: readonly number[]): UserPool<never> {
  const closed = userCounts.map((userCount, phaseIndex): ClosedPhase => ({
    phaseIndex,
    userCount,
    fromNs: phaseIndex,
    toNs: phaseIndex + 1,
    iterations: Infinity,
    thinkNs: () => 0,
  }));
  return new UserPool(closed, { index: 0, count: 1 });
}

/** Returns the user of an iteration that there has to be. */
function taken(pool: UserPool<never>, phase: number): PooledUser<never> {
  const user = pool.take(phase);
  if (user === undefined) throw new Error('the phase has users');
  return user;
}

test('who has rested longest is next, in whatever order iterations end', () => {
  const ends = fc.array(fc.nat(), { minLength: 300, maxLength: 600 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), ends, (users, order) => {
      const pool = poolOf(users);
      const underWay = Array.from({ length: users }, () => taken(pool, 0));
      const resting: number[] = [];
      for (const at of order) {
        if (at % 3 > 0 && underWay.length > 0) {
          const [user] = underWay.splice(at % underWay.length, 1);
          if (user === undefined) continue;
          pool.rest(user);
          resting.push(user.number);
        } else if (resting.length > 0) {
          const user = taken(pool, 0);
          expect(user.number).toBe(resting.shift());
          underWay.push(user);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('those whom a phase has no place for come back, before the others, in the next larger one', () => {
  const pool = poolOf(100, 10, 100);
  const all = Array.from({ length: 100 }, () => taken(pool, 0));
  for (const user of all.toReversed()) pool.rest(user);
  const few = Array.from({ length: 10 }, () => taken(pool, 1));
  expect(few.map(({ number }) => number)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  for (const user of few) pool.rest(user);
  const again = Array.from({ length: 100 }, () => taken(pool, 2));
  expect(again.map(({ number }) => number)).toEqual(
    [...all.slice(10).toReversed(), ...few].map(({ number }) => number),
  );
});
