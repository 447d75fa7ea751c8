import { describe, expect, it } from 'vitest';
import { seenDesignEffects } from '../../src/analyze/effective-sample-size.ts';
import { estimateQuantile } from '../../src/analyze/index.ts';
import { NS_PER_SEC, rngFrom, type HistogramSlice } from '../../src/core/index.ts';
import { histogramOf } from './memory-source.ts';

const ONE_STRETCH = (): string => 'steady';

describe('the design effect', () => {
  it('of independent calls is about 1', () => {
    const effects = Array.from({ length: 20 }, (_, seed) => {
      const rng = rngFrom(seed, 'independent');
      const seconds = Array.from({ length: 30 }, () =>
        Array.from({ length: 200 }, () => 1e6 * (1 - Math.log(1 - rng.nextFloat()))),
      );
      return seenDesignEffects(slicesOf(seconds), ONE_STRETCH)(90);
    });
    expect(Math.min(...effects)).toBe(1);
    expect(mean(effects)).toBeLessThan(1.4);
  });

  it('of calls that are slow by whole seconds is about the calls in a second', () => {
    const rng = rngFrom(5, 'whole seconds');
    const seconds = Array.from({ length: 60 }, () => {
      const slow = rng.nextFloat() < 0.2;
      return Array.from({ length: 100 }, () => (slow ? 9e6 : 1e6) * (1 + rng.nextFloat()));
    });
    const effect = seenDesignEffects(slicesOf(seconds), ONE_STRETCH)(80);
    expect(effect).toBeGreaterThan(50);
    expect(effect).toBeLessThan(200);
  });

  it('takes a planned difference, a fault window say, for no correlation', () => {
    const rng = rngFrom(6, 'planned');
    const seconds = Array.from({ length: 30 }, (_, second) =>
      Array.from({ length: 200 }, () => (faulty(second) ? 9e6 : 1e6) * (1 + rng.nextFloat())),
    );
    const slices = slicesOf(seconds);
    const told = seenDesignEffects(slices, (second) => String(faulty(second)))(90);
    expect(told).toBeLessThan(2);
    expect(seenDesignEffects(slices, ONE_STRETCH)(90)).toBeGreaterThan(20);
  });

  it('counts answers that failed a check among the calls', () => {
    const rng = rngFrom(7, 'slow seconds fail a check');
    const seconds = Array.from({ length: 60 }, () => {
      const slow = rng.nextFloat() < 0.2;
      return Array.from({ length: 100 }, () => (slow ? 9e6 : 1e6) * (1 + rng.nextFloat()));
    });
    const slices = slicesOf(seconds);
    const checked = slices.map((s): HistogramSlice =>
      (s.valueNs[0] ?? 0) < 9e6 ? s : { ...s, outcome: 'check' },
    );
    expect(checked).not.toEqual(slices);
    expect(seenDesignEffects(checked, ONE_STRETCH)(80)).toBe(
      seenDesignEffects(slices, ONE_STRETCH)(80),
    );
  });

  it('is 1 where there are too few seconds to tell, and for no calls', () => {
    const seconds = Array.from({ length: 8 }, (_, i) => [i % 2 === 0 ? 1e6 : 9e6]);
    expect(seenDesignEffects(slicesOf(seconds), ONE_STRETCH)(50)).toBe(1);
    expect(seenDesignEffects([], ONE_STRETCH)(50)).toBe(1);
  });
});

// A single server with exponential times, half busy: the sojourn time is exponential of rate mu -
// lambda, so its p99 is known. Calls behind each other wait together, and the plain interval that
// takes them as independent holds that p99 little more than half of the time.
describe('behind a queue', () => {
  it('the interval for n / d calls covers where the plain one does not', () => {
    const [ratePerSec, muPerSec, runs] = [200, 400, 80];
    const truthNs = (Math.log(100) / (muPerSec - ratePerSec)) * NS_PER_SEC;
    let plain = 0;
    let widened = 0;
    for (let seed = 0; seed < runs; seed++) {
      const seconds = singleServerQueue({ seed, ratePerSec, muPerSec, seconds: 60 });
      const slices = slicesOf(seconds);
      const sample = { exact: histogramOf(seconds.flat()), censored: { valueNs: [], count: [] } };
      const effect = seenDesignEffects(slices, ONE_STRETCH)(99);
      if (holds(estimateQuantile(sample, 99), truthNs)) plain += 1;
      if (holds(estimateQuantile(sample, 99, effect), truthNs)) widened += 1;
    }
    expect(plain / runs).toBeLessThan(0.75);
    expect(widened / runs).toBeGreaterThan(0.88);
  });
});

function faulty(second: number): boolean {
  return second >= 10 && second < 15;
}

function singleServerQueue(queue: {
  readonly seed: number;
  readonly ratePerSec: number;
  readonly muPerSec: number;
  readonly seconds: number;
}): number[][] {
  const rng = rngFrom(queue.seed, 'queue');
  const exponential = (perSec: number): number => -Math.log(1 - rng.nextFloat()) / perSec;
  const sojourns: number[][] = Array.from({ length: queue.seconds }, () => []);
  let nowSec = exponential(queue.ratePerSec);
  let freeSec = 0;
  while (nowSec < queue.seconds) {
    freeSec = Math.max(nowSec, freeSec) + exponential(queue.muPerSec);
    sojourns[Math.floor(nowSec)]?.push((freeSec - nowSec) * NS_PER_SEC);
    nowSec += exponential(queue.ratePerSec);
  }
  return sojourns;
}

function holds(estimate: ReturnType<typeof estimateQuantile>, truthNs: number): boolean {
  if (estimate.kind === 'refused') return false;
  const rounding = 1.005;
  return estimate.lowerNs <= truthNs * rounding && truthNs <= estimate.upperNs * rounding;
}

function slicesOf(seconds: readonly (readonly number[])[]): readonly HistogramSlice[] {
  const key = {
    phase: 'steady',
    step: 's',
    target: 't',
    outcome: 'ok',
    clock: 'response',
  } as const;
  return seconds.map((values, second) => ({ second, ...key, ...histogramOf(values) }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
