import { describe, expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { Intensity } from '../../src/schedule/intensity.ts';
import { drain, piece, scheduleOfPieces } from './phases.ts';

/**
 * Kolmogorov's distance between a sample and the exponential of mean 1, times sqrt(n). Under 1.95
 * with probability 0.999 for a true sample, whatever n.
 */
function ksOfExponential(sample: readonly number[]): number {
  const n = sample.length;
  let distance = 0;
  for (const [i, x] of sample.toSorted((a, b) => a - b).entries()) {
    const expected = -Math.expm1(-x);
    distance = Math.max(distance, expected - i / n, (i + 1) / n - expected);
  }
  return distance * Math.sqrt(n);
}

const seeds = [1, 2, 3, 2 ** 40 + 7];

describe('poisson arrivals', () => {
  test.each(seeds)('distances at a level rate are exponential (seed %i)', (seed) => {
    const dues = drain(scheduleOfPieces('poisson', [piece(500, 500, 20)], seed).cursor());
    let lastNs = 0;
    const distances = dues.map(({ intendedNs }) => {
      const distance = ((intendedNs - lastNs) / NS_PER_SEC) * 500;
      lastNs = intendedNs;
      return distance;
    });
    expect(distances.length).toBeGreaterThan(9_500);
    expect(ksOfExponential(distances)).toBeLessThan(1.95);
  });

  test.each(seeds)('on a ramp, distances of the intensity are exponential (seed %i)', (seed) => {
    const pieces = [piece(0, 800, 10), piece(0, 0, 1), piece(800, 100, 10)];
    const intensity = new Intensity(pieces);
    let last = 0;
    const distances = drain(scheduleOfPieces('poisson', pieces, seed).cursor()).map((arrival) => {
      const lambda = intensity.upTo(arrival.intendedNs);
      const distance = lambda - last;
      last = lambda;
      return distance;
    });
    expect(distances.length).toBeGreaterThan(8_000);
    expect(ksOfExponential(distances)).toBeLessThan(1.95);
  });

  test('counts have the integral of the rate as mean and variance', () => {
    const perSecond: number[] = [];
    for (const { intendedNs } of drain(
      scheduleOfPieces('poisson', [piece(100, 100, 600)], 5).cursor(),
    )) {
      const second = Math.floor(intendedNs / NS_PER_SEC);
      perSecond[second] = (perSecond[second] ?? 0) + 1;
    }
    const mean = perSecond.reduce((a, b) => a + b, 0) / 600;
    const variance = perSecond.reduce((sum, n) => sum + (n - mean) ** 2, 0) / 599;
    // Four standard errors: sqrt(100 / 600) for the mean, about 100 sqrt(2 / 599) for the variance.
    expect(Math.abs(mean - 100)).toBeLessThan(1.7);
    expect(Math.abs(variance - 100)).toBeLessThan(24);
  });

  test('the expected count is the integral, not the count of this seed', () => {
    expect(scheduleOfPieces('poisson', [piece(0, 100, 10)]).expectedCount).toBeCloseTo(500, 9);
  });

  test('another seed gives other arrivals', () => {
    const sequences = Array.from({ length: 100 }, (_, seed) =>
      JSON.stringify(drain(scheduleOfPieces('poisson', [piece(50, 50, 1)], seed).cursor())),
    );
    expect(new Set(sequences).size).toBe(100);
  });

  test('a rate of 0 makes none', () => {
    expect(drain(scheduleOfPieces('poisson', [piece(0, 0, 60)]).cursor())).toEqual([]);
  });
});
