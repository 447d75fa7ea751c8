import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { KeyedLimit, type RateLimitSpec, TokenBucket } from '../../src/resilience/index.ts';

const SPEC: RateLimitSpec = { ratePerSec: 10, burst: 3, by: 'user' };
const calls = fc.array(
  fc.record({ key: fc.nat({ max: 7 }), passedNs: fc.nat({ max: 200 * NS_PER_MS }) }),
  { maxLength: 300 },
);

/** What each key would get of a bucket of its own, whoever else calls. */
class OwnBuckets {
  readonly #buckets = new Map<number, TokenBucket>();

  of(key: number): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(SPEC.ratePerSec, SPEC.burst);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

describe('a limit by key', () => {
  it('is a bucket for each key, while there are no more keys than places', () => {
    fc.assert(
      fc.property(calls, (events) => {
        const limit = new KeyedLimit(SPEC, 8);
        const own = new OwnBuckets();
        let nowNs = 0;
        for (const { key, passedNs } of events) {
          nowNs += passedNs;
          expect(limit.take(key, nowNs)).toBe(own.of(key).take(nowNs));
        }
        expect(limit.shared).toBe(0);
      }),
    );
  });

  it('holds no more keys than it may, and gives none more than its own bucket would', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), calls, (keysMax, events) => {
        const limit = new KeyedLimit(SPEC, keysMax);
        const own = new OwnBuckets();
        let nowNs = 0;
        for (const { key, passedNs } of events) {
          nowNs += passedNs;
          const bucket = own.of(key);
          // The bucket of its own pays for what the limit gave alone.
          if (limit.take(key, nowNs)) expect(bucket.take(nowNs)).toBe(true);
          expect(limit.keys).toBeLessThanOrEqual(keysMax);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('forgets keys whose bucket is full before it lets others share', () => {
    const limit = new KeyedLimit(SPEC, 3);
    for (const key of ['a', 'b', 'c']) expect(limit.take(key, 0)).toBe(true);
    expect(limit.take('b', 0)).toBe(true);
    expect(limit.take('d', 1)).toBe(true);
    expect(limit.shared).toBe(1);
    // a and c have their one token back, b and the shared one lack some.
    const laterNs = 0.1 * NS_PER_SEC + 1;
    for (const key of ['e', 'f']) expect(limit.take(key, laterNs)).toBe(true);
    expect(limit.shared).toBe(1);
    expect([1, 2, 3].map(() => limit.take('b', laterNs))).toEqual([true, true, false]);
    limit.take('g', laterNs);
    expect(limit.shared).toBe(2);
  });

  it('begins a bucket where the shared one stands, which its key may have emptied', () => {
    const limit = new KeyedLimit(SPEC, 1);
    limit.take('a', 0);
    expect([1, 2, 3, 4].map(() => limit.take('b', 0))).toEqual([true, true, true, false]);
    expect(limit.shared).toBe(4);
    const laterNs = 0.1 * NS_PER_SEC;
    expect([1, 2].map(() => limit.take('b', laterNs))).toEqual([true, false]);
    expect(limit.shared).toBe(4);
  });

  it('takes in ten thousand keys that come and go', () => {
    const limit = new KeyedLimit(SPEC, 1_000);
    let taken = 0;
    for (let i = 0; i < 100_000; i++) {
      // Each comes every 10 s, and 100 of them in a tenth of a second, after which one is full.
      if (limit.take(i % 10_000, i * NS_PER_MS)) taken++;
    }
    expect([taken, limit.keys, limit.shared]).toEqual([100_000, 1_000, 0]);
  });
});
