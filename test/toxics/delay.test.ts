import { describe, expect, it } from 'vitest';
import { NS_PER_MS, rngFrom } from '../../src/core/index.ts';
import { drawDelay } from '../../src/toxics/delay.ts';
import type { DelaySpec } from '../../src/toxics/index.ts';

const DRAWS = 20_000;
const MS = NS_PER_MS;
const NO_MAX = 1e15;

function sample(delay: DelaySpec, seed: number): number[] {
  const rng = rngFrom(seed, 'delays');
  return Array.from({ length: DRAWS }, () => drawDelay(delay, rng)).toSorted((a, b) => a - b);
}

/** Kolmogorov-Smirnov: the largest distance between the sample's share up to x and `cdf(x)`. */
function ks(sorted: readonly number[], cdf: (x: number) => number): number {
  return Math.max(
    ...sorted.map((x, i) => {
      const expected = cdf(x);
      return Math.max(expected - i / sorted.length, (i + 1) / sorted.length - expected);
    }),
  );
}

/** The normal distribution's share below z: Abramowitz and Stegun 26.2.17, error under 7.5e-8. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z > 0 ? 1 - tail : tail;
}

const CLOSED_FORMS: readonly (readonly [DelaySpec, (x: number) => number])[] = [
  [{ distribution: 'uniform', fromNs: 10 * MS, toNs: 50 * MS }, (x) => (x - 10 * MS) / (40 * MS)],
  [
    { distribution: 'normal', meanNs: 100 * MS, deviationNs: 10 * MS, maxNs: NO_MAX },
    (x) => normalCdf((x - 100 * MS) / (10 * MS)),
  ],
  [
    { distribution: 'lognormal', medianNs: 20 * MS, sigma: 0.5, maxNs: NO_MAX },
    (x) => normalCdf(Math.log(x / (20 * MS)) / 0.5),
  ],
  [
    { distribution: 'pareto', minNs: 5 * MS, shape: 1.5, maxNs: NO_MAX },
    (x) => 1 - ((5 * MS) / x) ** 1.5,
  ],
];

describe('a drawn delay', () => {
  it.each(CLOSED_FORMS)('is distributed as told: %o', (delay, cdf) => {
    for (const seed of [1, 2, 3]) {
      // 20,000 draws go over 0.0138 once in a thousand times.
      expect(ks(sample(delay, seed), cdf)).toBeLessThan(0.0138);
    }
  });

  it('is the same for the same seed, another for another', () => {
    const delay = CLOSED_FORMS[2]?.[0] ?? { distribution: 'constant', delayNs: 0 };
    expect(sample(delay, 7)).toEqual(sample(delay, 7));
    expect(sample(delay, 8)).not.toEqual(sample(delay, 7));
  });

  it('stays between 0 and its most', () => {
    const wide = sample({ distribution: 'normal', meanNs: 0, deviationNs: MS, maxNs: MS }, 1);
    expect(wide[0]).toBe(0);
    expect(wide.at(-1)).toBe(MS);
    const tail = sample({ distribution: 'pareto', minNs: MS, shape: 0.1, maxNs: 9 * MS }, 1);
    expect(tail.at(-1)).toBe(9 * MS);
    expect(drawDelay({ distribution: 'constant', delayNs: -5 }, rngFrom(1, ''))).toBe(0);
  });

  it('repeats what was measured: KS distance under 0.02 at 20,000 draws', () => {
    const valueNs = Array.from({ length: 700 }, (_, i) => Math.round(MS * 1.012 ** i));
    const count = valueNs.map((_, i) => Math.round(1_000 * Math.exp(-(((i - 250) / 90) ** 2))));
    const total = count.reduce((sum, n) => sum + n, 0);
    const source = { distribution: 'histogram', valueNs, count, source: 'run 1, step' } as const;
    for (const seed of [1, 2, 3]) {
      const drawn = new Map<number, number>();
      for (const ns of sample(source, seed)) drawn.set(ns, (drawn.get(ns) ?? 0) + 1);
      let below = 0;
      let drawnBelow = 0;
      let distance = 0;
      valueNs.forEach((ns, i) => {
        below += (count[i] ?? 0) / total;
        drawnBelow += (drawn.get(ns) ?? 0) / DRAWS;
        distance = Math.max(distance, Math.abs(below - drawnBelow));
      });
      expect(drawnBelow).toBeCloseTo(1, 9);
      expect(distance).toBeLessThan(0.02);
    }
  });

  it('never is a value that was not counted, and is 0 of an empty histogram', () => {
    const [one, two, three] = [10, 20, 30];
    const source = { distribution: 'histogram', source: '' } as const;
    const gaps = { ...source, valueNs: [one, two, three], count: [0, 5, 0] };
    expect(new Set(sample(gaps, 1))).toEqual(new Set([two]));
    expect(drawDelay({ ...source, valueNs: [], count: [] }, rngFrom(1, ''))).toBe(0);
  });
});
