import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HedgeDelay, RetryBudget } from '../../src/resilience/index.ts';

it('a budget is as it was where what was taken is given back', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(200), fc.boolean()), { maxLength: 50 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (steps, ratio) => {
        const spec = { ratio, minPerSec: 2, ttlNs: 1_000 };
        const [used, other] = [new RetryBudget(spec), new RetryBudget(spec)];
        let nowNs = 0;
        for (const [afterNs, isCall] of steps) {
          nowNs += afterNs;
          if (isCall) for (const budget of [used, other]) budget.call(nowNs);
          else if (used.take(nowNs)) used.giveBack(nowNs);
          expect(used.balance(nowNs)).toBe(other.balance(nowNs));
        }
      },
    ),
  );
});

it('a hedge that is given back is there once more', () => {
  const hedge = new HedgeDelay({ after: { delayNs: 1 }, extraRatioMax: 0.5 });
  hedge.call();
  hedge.call();
  expect(hedge.take()).toBe(true);
  hedge.giveBack();
  expect([hedge.take(), hedge.take()]).toEqual([true, false]);
});
