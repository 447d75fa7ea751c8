import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { NS_PER_MS, type Rng, rngFrom } from '../../src/core/index.ts';
import { Backoff, type BackoffSpec, longestWaitNs } from '../../src/resilience/index.ts';

const LOWEST = { full: 0, equal: 0.5, none: 1 } as const;
const KINDS = ['full', 'equal', 'none'] as const;

function drawsAlways(draw: number): Rng {
  return { nextUint32: () => Math.floor(draw * 2 ** 32), nextFloat: () => draw };
}

describe.each(KINDS)('jitter %s', (jitter) => {
  it('stays between its bounds for 3,000 retries, whatever base and cap', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.nat({ max: 1_000 }), fc.nat({ max: Number.MAX_SAFE_INTEGER })),
        fc.oneof(fc.nat({ max: 1_000 }), fc.nat({ max: Number.MAX_SAFE_INTEGER })),
        fc.integer(),
        (baseNs, capNs, seed) => {
          const backoff = new Backoff({ baseNs, capNs, jitter }, rngFrom(seed, 'backoff'));
          for (let retry = 1; retry <= 3_000; retry++) {
            const waitNs = backoff.waitNs(retry);
            const doubled = retry > 60 && baseNs > 0 ? Infinity : baseNs * 2 ** (retry - 1);
            const mostNs = baseNs === 0 ? 0 : Math.min(capNs, doubled);
            if (!Number.isSafeInteger(waitNs) || waitNs > mostNs) expect(waitNs).toBe(mostNs);
            if (waitNs < Math.floor(mostNs * LOWEST[jitter])) expect(waitNs).toBe(mostNs);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('reaches both bounds, and the middle on average', () => {
    const spec: BackoffSpec = { baseNs: 25 * NS_PER_MS, capNs: 250 * NS_PER_MS, jitter };
    const lowest = new Backoff(spec, drawsAlways(0));
    const highest = new Backoff(spec, drawsAlways(1 - 2 ** -53));
    const drawn = new Backoff(spec, rngFrom(7, 'backoff'));
    for (const [i, mostMs] of [25, 50, 100, 200, 250, 250].entries()) {
      expect(lowest.waitNs(i + 1)).toBe(mostMs * LOWEST[jitter] * NS_PER_MS);
      expect(highest.waitNs(i + 1)).toBe(mostMs * NS_PER_MS);
      let sumNs = 0;
      for (let draw = 0; draw < 2_000; draw++) sumNs += drawn.waitNs(i + 1);
      const middle = (1 + LOWEST[jitter]) / 2;
      // 4 standard errors of the mean of 2,000 uniform draws, at most.
      expect(Math.abs(sumNs / 2_000 / (mostMs * NS_PER_MS) - middle)).toBeLessThan(0.026);
    }
  });
});

test('the longest waits are those without jitter', () => {
  const spec: BackoffSpec = { baseNs: 3, capNs: 20, jitter: 'full' };
  expect([1, 2, 3, 4, 3_000].map((retry) => longestWaitNs(spec, retry))).toEqual([
    3, 6, 12, 20, 20,
  ]);
});
