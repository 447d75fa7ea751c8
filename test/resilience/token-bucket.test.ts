import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_SEC, type Ns } from '../../src/core/index.ts';
import { TokenBucket } from '../../src/resilience/index.ts';

const rate = fc.double({ min: 0.01, max: 100_000, noNaN: true });
const burst = fc.double({ min: 1, max: 50, noNaN: true });
const steps = fc.array(fc.nat({ max: 1_000 }), { minLength: 1, maxLength: 200 });

describe('a token bucket', () => {
  it('never gives more than rate * t + burst over any time, and that where it is asked for', () => {
    fc.assert(
      fc.property(rate, burst, steps, fc.nat({ max: 1e15 }), (ratePerSec, most, waits, fromNs) => {
        const bucket = new TokenBucket(ratePerSec, most);
        const taken: Ns[] = [];
        let nowNs = fromNs;
        while (bucket.take(nowNs)) taken.push(nowNs);
        for (const wait of waits) {
          // Steps of the size of the times between tokens.
          nowNs += Math.round((wait * NS_PER_SEC) / ratePerSec / 400);
          while (bucket.take(nowNs)) taken.push(nowNs);
          const sec = (nowNs - fromNs) / NS_PER_SEC;
          // From empty to full takes longer than a step, of 2.5 tokens at most.
          if (most >= 4) expect(taken.length).toBeGreaterThan(sec * ratePerSec + most - 1 - 1e-6);
        }
        for (const [i, atNs] of taken.entries()) {
          for (let j = i; j < taken.length; j++) {
            const sec = ((taken[j] ?? 0) - atNs) / NS_PER_SEC;
            if (j - i + 1 > sec * ratePerSec + most + 1e-6) expect(j - i + 1).toBe(sec);
          }
        }
      }),
    );
  });

  it('says how long it takes until there is one', () => {
    fc.assert(
      fc.property(rate, burst, steps, (ratePerSec, most, waits) => {
        const bucket = new TokenBucket(ratePerSec, most);
        let nowNs = 0;
        for (const wait of waits) {
          nowNs += wait;
          const waitNs = bucket.waitNs(nowNs);
          expect(Number.isSafeInteger(waitNs)).toBe(true);
          // What is short of a token by its rounding is one.
          const earlyNs = nowNs + waitNs - 2 - Math.ceil((2e-9 * NS_PER_SEC) / ratePerSec);
          if (earlyNs > nowNs) expect(bucket.take(earlyNs)).toBe(false);
          nowNs += waitNs;
          expect(bucket.take(nowNs)).toBe(true);
        }
      }),
    );
  });

  it('has a token at its time, however often it was asked for meanwhile', () => {
    const bucket = new TokenBucket(10, 1);
    const taken = Array.from({ length: 1_000 }, (_, i) => bucket.take((i * NS_PER_SEC) / 100));
    expect(taken.filter(Boolean)).toHaveLength(100);
    expect(taken.flatMap((was, i) => (was ? [i % 10] : [])).every((i) => i === 0)).toBe(true);
  });

  it('fills for no time twice, where that goes back', () => {
    const bucket = new TokenBucket(10, 1);
    const at = [1, 0.5, 1, 1.05, 0.95, 1.1];
    expect(at.map((sec) => bucket.take(sec * NS_PER_SEC))).toEqual([
      ...[true, false, false, false, false, true],
    ]);
  });

  it('has what it had where time goes back', () => {
    const bucket = new TokenBucket(10, 2);
    expect([1, 0.5, 1].map((sec) => bucket.take(sec * NS_PER_SEC))).toEqual([true, true, false]);
  });

  it('is full at the time that it says, and holds no more then', () => {
    const bucket = new TokenBucket(10, 4);
    for (let i = 0; i < 3; i++) bucket.take(0);
    expect(bucket.fullAtNs(0)).toBe(0.3 * NS_PER_SEC);
    expect(bucket.fullAtNs(0.3 * NS_PER_SEC)).toBe(0.3 * NS_PER_SEC);
    let taken = 0;
    while (bucket.take(1e15)) taken++;
    expect(taken).toBe(4);
  });
});
