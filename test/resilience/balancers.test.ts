import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { hashText, NS_PER_MS, NS_PER_SEC, rngFrom } from '../../src/core/index.ts';
import {
  type BalanceSpec,
  type Balancer,
  balancerFor,
  NO_ENDPOINT,
  type PickRequest,
} from '../../src/resilience/index.ts';

const NAMES = Array.from({ length: 10 }, (_, i) => `http://10.0.0.${i}:80`);
const KINDS = [
  'round-robin',
  'weighted',
  'random',
  'least-connections',
  'least-response-time',
  'two-choices',
  'source-hash',
  'consistent-hash',
] as const;

function balancer(by: BalanceSpec['by'], count: number, seed = 1): Balancer {
  const spec: BalanceSpec =
    by === 'weighted' ? { by, weights: Array.from({ length: count }, (_, i) => i + 1) } : { by };
  return balancerFor(spec, NAMES.slice(0, count), rngFrom(seed, 'balance'));
}

const all = (count: number): Uint8Array => new Uint8Array(count).fill(1);
const request = (keyHash = 0, tried: readonly number[] = []): PickRequest => ({ keyHash, tried });

/** Returns how often each endpoint is picked by attempts that end before the next begins. */
function shares(of: Balancer, usable: Uint8Array, picks: number): number[] {
  const counts = Array.from(usable, () => 0);
  for (let i = 0; i < picks; i++) {
    const endpoint = of.pick(usable, request(hashText(`key ${i}`)), i);
    of.begun(endpoint);
    of.ended(endpoint, NS_PER_MS, false, i);
    counts[endpoint] = (counts[endpoint] ?? 0) + 1;
  }
  return counts;
}

describe.each(KINDS)('%s', (by) => {
  it('picks what may be used and was not tried while there is such a one, else not the last tried', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            usable: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
            tried: fc.array(fc.nat({ max: 4 }), { maxLength: 6 }),
            key: fc.integer(),
            fails: fc.boolean(),
          }),
          { maxLength: 50 },
        ),
        (picks) => {
          const of = balancer(by, 5);
          const underWay: number[] = [];
          let nowNs = 0;
          for (const { usable, tried, key, fails } of picks) {
            nowNs += NS_PER_MS;
            const set = Uint8Array.from(usable, Number);
            const endpoint = of.pick(set, request(key, tried), nowNs);
            const fits = (but: readonly number[]): number[] =>
              [0, 1, 2, 3, 4].filter((i) => usable[i] === true && !but.includes(i));
            const wanted = [tried, tried.slice(-1), []].map(fits).find((ones) => ones.length > 0);
            expect(wanted ?? [NO_ENDPOINT]).toContain(endpoint);
            if (endpoint === NO_ENDPOINT) continue;
            of.begun(endpoint);
            underWay.push(endpoint);
            if (underWay.length < 7) continue;
            of.ended(underWay.shift() ?? 0, NS_PER_MS, fails, nowNs);
            of.abandoned(underWay.shift() ?? 0);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('shares', () => {
  test.each(['round-robin', 'least-connections', 'least-response-time'] as const)(
    'of %s are equal over whole cycles, also while one is out',
    (by) => {
      expect(shares(balancer(by, 5), all(5), 500)).toEqual([100, 100, 100, 100, 100]);
      const withoutOne = Uint8Array.of(1, 1, 0, 1, 1);
      expect(shares(balancer(by, 5), withoutOne, 400)).toEqual([100, 100, 0, 100, 100]);
    },
  );

  it('of weights are exact over every whole cycle', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
        (weights) => {
          const cycle = weights.reduce((a, b) => a + b);
          const of = balancerFor({ by: 'weighted', weights }, NAMES, rngFrom(1, 'balance'));
          const usable = all(weights.length);
          for (let i = 0; i < 3; i++) expect(shares(of, usable, cycle)).toEqual(weights);
        },
      ),
    );
  });

  it('of weights 5, 1, 1 come in the order of nginx', () => {
    const of = balancerFor({ by: 'weighted', weights: [5, 1, 1] }, NAMES, rngFrom(1, 'balance'));
    const order = Array.from({ length: 14 }, () => of.pick(all(3), request(), 0));
    expect(order.map((i) => 'abc'[i]).join('')).toBe('aabacaaaabacaa');
  });

  test.each(['random', 'two-choices', 'source-hash', 'consistent-hash'] as const)(
    'of %s are even, to what chance does',
    (by) => {
      for (const seed of [1, 2, 3]) {
        for (const out of [NO_ENDPOINT, 4]) {
          const usable = all(10);
          if (out !== NO_ENDPOINT) usable[out] = 0;
          const places = out === NO_ENDPOINT ? 10 : 9;
          const counts = shares(balancer(by, 10, seed), usable, 9_000);
          const mean = 9_000 / places;
          const chiSquare = counts
            .filter((_, i) => i !== out)
            .reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0);
          // Chi square with 9 degrees of freedom is over 33.7 once in 10,000.
          expect(chiSquare).toBeLessThan(33.7);
        }
      }
    },
  );
});

describe('what is under way', () => {
  it('is even with least connections, and nearly with two choices', () => {
    const peak = (by: BalanceSpec['by']): number => {
      const of = balancer(by, 10);
      const counts = Array.from({ length: 10 }, () => 0);
      for (let i = 0; i < 10_000; i++) {
        const endpoint = of.pick(all(10), request(), 0);
        of.begun(endpoint);
        counts[endpoint] = (counts[endpoint] ?? 0) + 1;
      }
      return Math.max(...counts) - 1_000;
    };
    expect(peak('least-connections')).toBe(0);
    // ln ln 10 / ln 2 is 1.2; the bound of one draw is sqrt(2 * 1000 * ln 10), 68.
    expect(peak('two-choices')).toBeLessThanOrEqual(5);
    expect(peak('random')).toBeGreaterThan(20);
  });

  it('counts again for the one where an attempt ended or was abandoned', () => {
    for (const by of ['least-connections', 'two-choices'] as const) {
      const of = balancer(by, 2);
      for (const endpoint of [0, 0, 1, 1, 1]) of.begun(endpoint);
      expect(of.pick(all(2), request(), 0)).toBe(0);
      of.ended(1, 1, false, 0);
      of.abandoned(1);
      expect(of.pick(all(2), request(), 0)).toBe(1);
    }
  });
});

describe('least response time', () => {
  const took = (of: Balancer, endpoint: number, tookNs: number, atNs: number, fails = false) => {
    of.begun(endpoint);
    of.ended(endpoint, tookNs, fails, atNs);
  };

  it('goes to the faster one until what is under way there outweighs that', () => {
    const of = balancer('least-response-time', 2);
    took(of, 0, 10 * NS_PER_MS, 0);
    took(of, 1, 35 * NS_PER_MS, 0);
    const picked = [0, 1, 2, 3, 4].map(() => {
      const endpoint = of.pick(all(2), request(), 0);
      of.begun(endpoint);
      return endpoint;
    });
    expect(picked).toEqual([0, 0, 0, 1, 0]);
  });

  it('leaves one with a peak at once, and tries it again later', () => {
    const of = balancer('least-response-time', 2);
    for (const endpoint of [0, 1]) took(of, endpoint, 10 * NS_PER_MS, 0);
    took(of, 0, NS_PER_SEC, 1);
    for (let i = 0; i < 10; i++) {
      expect(of.pick(all(2), request(), NS_PER_SEC)).toBe(1);
      took(of, 1, 10 * NS_PER_MS, NS_PER_SEC);
    }
    // e^-5 of 1 s is below the 10 ms that the other one has shown just now.
    took(of, 1, 10 * NS_PER_MS, 50 * NS_PER_SEC);
    expect(of.pick(all(2), request(), 50 * NS_PER_SEC)).toBe(0);
  });

  it('goes to one that has not answered yet after all that have', () => {
    const of = balancer('least-response-time', 2);
    took(of, 1, 10 * NS_PER_MS, 0);
    expect(of.pick(all(2), request(), 0)).toBe(0);
    of.begun(0);
    for (let i = 0; i < 5; i++) {
      expect(of.pick(all(2), request(), 0)).toBe(1);
      of.begun(1);
    }
  });

  it('is not attracted by one that fails at once', () => {
    const of = balancer('least-response-time', 2);
    let picks = 0;
    for (let nowNs = 0; nowNs < 5 * NS_PER_SEC; nowNs += 10 * NS_PER_MS) {
      const endpoint = of.pick(all(2), request(), nowNs);
      if (endpoint === 0) picks++;
      took(of, endpoint, endpoint === 0 ? NS_PER_MS : 20 * NS_PER_MS, nowNs, endpoint === 0);
    }
    expect(picks).toBe(1);
  });
});

describe('hashes', () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => hashText(`user ${i}`));
  const places = (of: Balancer, usable: Uint8Array): number[] =>
    keys.map((key) => of.pick(usable, request(key), 0));

  test.each(['source-hash', 'consistent-hash'] as const)(
    'of %s move the keys of one that is out alone, to all others',
    (by) => {
      const of = balancer(by, 10);
      const before = places(of, all(10));
      const usable = all(10);
      usable[3] = 0;
      const after = places(of, usable);
      const moved = after.filter((_, i) => before[i] === 3);
      expect(after.filter((place, i) => before[i] !== 3 && place !== before[i])).toEqual([]);
      expect(new Set(moved).size).toBe(9);
      expect(places(of, all(10))).toEqual(before);
    },
  );

  it('of a consistent hash move 1/n of the keys when one leaves the list, wherever it stood', () => {
    const names = (list: readonly string[]): string[] => {
      const of = balancerFor({ by: 'consistent-hash' }, list, rngFrom(1, 'balance'));
      return places(of, all(list.length)).map((place) => list[place] ?? '');
    };
    const before = names(NAMES);
    const gone = NAMES[2];
    const after = names(NAMES.filter((name) => name !== gone).reverse());
    const moved = before.filter((name, i) => name !== after[i]);
    expect(new Set(moved)).toEqual(new Set([gone]));
    // 4 standard errors of 10,000 keys.
    expect(Math.abs(moved.length - 1_000)).toBeLessThan(120);
  });
});
