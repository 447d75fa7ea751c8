import { describe, expect, it } from 'vitest';

import {
  distanceFromMeasured,
  exponentialGaps,
} from '../../bench/statistics/kolmogorov-smirnov.ts';
import { median } from '../../bench/statistics/sample-quantile.ts';
import { rngFrom } from '../../src/core/index.ts';

const RATE = 2_000;

function poissonTimes(seed: number, count: number, roundToSec = 0): Float64Array {
  const rng = rngFrom(seed, 'gaps');
  let atSec = 0;
  return Float64Array.from({ length: count }, () => {
    atSec -= Math.log(1 - rng.nextFloat()) / RATE;
    return roundToSec === 0 ? atSec : Math.ceil(atSec / roundToSec) * roundToSec;
  });
}

describe('the test of gaps', () => {
  it('rejects a Poisson process at 5% in about one of twenty seeds', () => {
    const rejected = Array.from({ length: 400 }, (_, seed) =>
      exponentialGaps(poissonTimes(seed, 500), RATE),
    ).filter(({ pValue }) => pValue < 0.05).length;
    expect(rejected).toBeGreaterThan(8);
    expect(rejected).toBeLessThan(34);
  });

  it('rejects times that a timer has rounded to whole milliseconds', () => {
    expect(exponentialGaps(poissonTimes(1, 5_000, 0.001), RATE).pValue).toBeLessThan(1e-6);
  });

  it('rejects even spacing, and a rate other than the wanted one', () => {
    const even = Float64Array.from({ length: 1_000 }, (_, k) => k / RATE);
    expect(exponentialGaps(even, RATE).pValue).toBeLessThan(1e-6);
    expect(exponentialGaps(poissonTimes(1, 5_000), RATE * 1.1).pValue).toBeLessThan(0.01);
  });

  it('says nothing of no gap', () => {
    expect(exponentialGaps([1], RATE)).toEqual({ count: 0, distance: 0, pValue: 1 });
  });
});

describe('the median', () => {
  it('is the middle, or the mean of the two middle ones', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, 0]);
  });
});

describe('the distance from what was measured', () => {
  const measured = { value: [10, 20, 40], count: [1, 2, 1] };

  it.each<[string, number[], number]>([
    ['the same', [10, 20, 20, 40], 0],
    ['the same, four times', [10, 20, 40].flatMap((v) => Array(v === 20 ? 8 : 4).fill(v)), 0],
    ['all below', [1, 2, 3], 1],
    ['all above', [50, 60], 1],
    ['one too many at the first value', [10, 10, 20, 40], 0.25],
    ['each a little late', [11, 21, 21, 41], 0.5],
    ['none', [], 1],
  ])('is known of %s', (_, samples, distance) => {
    expect(distanceFromMeasured(samples, measured)).toBeCloseTo(distance, 12);
  });
});
