import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { loadOf } from '../../src/analyze/call-load.ts';
import { dependence, type Dependence } from '../../src/analyze/effective-sample-size.ts';
import { estimateQuantile } from '../../src/analyze/index.ts';
import { NS_PER_MS, NS_PER_SEC, rngFrom } from '../../src/core/index.ts';
import { histogramOf } from './memory-source.ts';

// Two runs of 5 s at 20/s against the same server gave p95 intervals of 349-404 ms and 28-78 ms:
// each saw one swell of the queue, whose calls are alike, and no second tells.
describe('a run too short to show its queue', () => {
  it('prints no two intervals of p95 that contradict each other', () => {
    const printed = Array.from({ length: 40 }, (_, seed) => {
      const seconds = queue({ seed, ratePerSec: 20, load: 0.8, seconds: 5 });
      return estimateOf(seconds, 95).kind;
    });
    expect(new Set(printed)).toEqual(new Set(['refused']));
  });

  it.each([2, 5, 10, 30])(
    'of %i s holds the true p50 in 93%% of the runs that print it',
    (length) => {
      const [ratePerSec, load] = [100, 0.5];
      const truthNs = (Math.log(2) / (ratePerSec / load - ratePerSec)) * NS_PER_SEC;
      const estimates = Array.from({ length: 60 }, (_, seed) =>
        estimateOf(queue({ seed, ratePerSec, load, seconds: length }), 50),
      );
      const known = estimates.flatMap((e) => (e.kind === 'known' ? [e] : []));
      const held = known.filter(
        (e) => e.lowerNs <= truthNs * 1.005 && truthNs <= e.upperNs * 1.005,
      );
      expect(known.length).toBeGreaterThan(40);
      expect(held.length / known.length).toBeGreaterThanOrEqual(0.93);
    },
  );
});

describe('calls that do not wait for each other', () => {
  it('are worth less in fewer seconds, and nearly as many as there are in a minute', () => {
    const effects = [2, 5, 10, 30, 60].map((length) =>
      Math.min(...[1, 2, 3, 4, 5].map((seed) => alone(seed, length)(50).designEffect)),
    );
    expect(effects).toEqual(effects.toSorted((a, b) => b - a));
    expect(effects[0]).toBeGreaterThan(4);
    expect(effects.at(-1)).toBeLessThan(1.3);
  });

  it('of a short run show little, which is said', () => {
    expect(alone(1, 5)(50).from).toBe('few-seconds');
    expect(alone(1, 30)(50).from).toBe('seconds');
  });

  it('are told from a queue though many are under way, once there are seconds enough', () => {
    const short = parallel(3, 2)(50);
    const long = parallel(3, 30)(50);
    expect(short).toMatchObject({ from: 'queue' });
    expect(short.designEffect).toBeGreaterThan(500);
    expect(long).toMatchObject({ from: 'seconds' });
    expect(long.designEffect).toBeLessThan(4);
  });
});

describe('calls of a minute', () => {
  it('that come as chance has it are taken as independent, most of the time', () => {
    const effects = Array.from({ length: 30 }, (_, seed) => {
      const calls = { seconds: 60, perSecond: 200, meanNs: 10 * NS_PER_MS };
      return dependenceOf(independent(seed, calls))(99).designEffect;
    });
    expect(effects.filter((effect) => effect === 1).length).toBeGreaterThan(20);
    expect(Math.max(...effects)).toBeLessThan(3);
  });

  it('of which slow ones come in fours are not', () => {
    const effects = Array.from({ length: 20 }, (_, seed) => {
      const rng = rngFrom(seed, 'fours');
      const times = Array.from({ length: 60 }, () =>
        Array.from({ length: 50 }, () => {
          const isSlow = rng.nextFloat() < 0.01;
          return [0, 1, 2, 3].map(() => (isSlow ? 100 : 1 + rng.nextFloat()) * NS_PER_MS);
        }).flat(),
      );
      return dependenceOf(times)(99).designEffect;
    });
    expect(effects.filter((effect) => effect > 2).length).toBeGreaterThan(17);
  });
});

describe('how alike calls are', () => {
  it('never falls from one percentile to the next higher one of the same few calls', () => {
    const load = fc.double({ min: 0.1, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(fc.nat(1_000), load, fc.constantFrom(3, 6, 12), (seed, busy, length) => {
        const of = dependenceOf(queue({ seed, ratePerSec: 30, load: busy, seconds: length }));
        const shown = [50, 90, 95, 99].map((percent) => of(percent).designEffect);
        for (const effect of shown) expect(effect).toBeGreaterThanOrEqual(1);
        expect(of(99).designEffect).toBeGreaterThanOrEqual(of(99).seenEffect);
      }),
      { numRuns: 40 },
    );
  });

  it('counts the other steps of a target, which wait in the same queue', () => {
    const own = secondsOf(queue({ seed: 4, ratePerSec: 100, load: 0.5, seconds: 3 }));
    const other = secondsOf(queue({ seed: 5, ratePerSec: 100, load: 0.5, seconds: 3 }));
    const stratumOf = (): string => '';
    const by = dependence({ own, stratumOf })(50);
    const with2 = dependence({ own, targetLoad: loadOf([...own, ...other]), stratumOf })(50);
    expect(with2.designEffect).toBeGreaterThan(by.designEffect);
  });

  it('of no calls is nothing', () => {
    expect(dependenceOf([])(99)).toMatchObject({ designEffect: 1, seenEffect: 1 });
  });
});

type Seconds = readonly (readonly number[])[];

/** Response times behind one exponential server that was busy before. */
function queue(of: {
  readonly seed: number;
  readonly ratePerSec: number;
  readonly load: number;
  readonly seconds: number;
}): Seconds {
  const rng = rngFrom(of.seed, 'short queue');
  const draw = (perSec: number): number => -Math.log(1 - rng.nextFloat()) / perSec;
  const servedPerSec = of.ratePerSec / of.load;
  const times: number[][] = Array.from({ length: of.seconds }, () => []);
  let freeSec = rng.nextFloat() < of.load ? draw(servedPerSec - of.ratePerSec) : 0;
  for (let atSec = draw(of.ratePerSec); atSec < of.seconds; atSec += draw(of.ratePerSec)) {
    freeSec = Math.max(freeSec, atSec) + draw(servedPerSec);
    times[Math.floor(atSec)]?.push((freeSec - atSec) * NS_PER_SEC);
  }
  return times;
}

/** 20/s of 1 ms or so: next to never two at once. */
function alone(seed: number, seconds: number): (percent: number) => Dependence {
  return dependenceOf(independent(seed, { seconds, perSecond: 20, meanNs: NS_PER_MS }));
}

/** 200/s of 100 ms: twenty at once, none of which waits. */
function parallel(seed: number, seconds: number): (percent: number) => Dependence {
  return dependenceOf(independent(seed, { seconds, perSecond: 200, meanNs: 100 * NS_PER_MS }));
}

function independent(
  seed: number,
  of: { readonly seconds: number; readonly perSecond: number; readonly meanNs: number },
): Seconds {
  const rng = rngFrom(seed, 'independent');
  return Array.from({ length: of.seconds }, () =>
    Array.from({ length: of.perSecond }, () => of.meanNs * -Math.log(1 - rng.nextFloat())),
  );
}

function secondsOf(seconds: Seconds) {
  return seconds.map((values, second) => ({ second, ...histogramOf(values) }));
}

function dependenceOf(seconds: Seconds): (percent: number) => Dependence {
  const own = secondsOf(seconds);
  return dependence({ own, stratumOf: () => '' });
}

function estimateOf(seconds: Seconds, percent: number) {
  const sample = { exact: histogramOf(seconds.flat()), censored: { valueNs: [], count: [] } };
  return estimateQuantile(sample, percent, dependenceOf(seconds)(percent).designEffect);
}
