import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findChangePoints } from '../../src/compare/index.ts';
import { rngFrom } from '../../src/core/index.ts';

/** Independent normal values around levels, each from an index on. */
function series(
  seed: number,
  points: number,
  levels: readonly (readonly [from: number, level: number])[],
  deviation: number,
): readonly number[] {
  const rng = rngFrom(seed, 'change points');
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - rng.nextFloat())) * Math.cos(2 * Math.PI * rng.nextFloat());
  return Array.from({ length: points }, (_, i) => {
    const level = levels.findLast(([from]) => from <= i)?.[1] ?? 0;
    return level + deviation * normal();
  });
}

function indexesOf(values: readonly number[]): readonly number[] {
  return findChangePoints(values).map(({ index }) => index);
}

const SEED = fc.integer({ min: 1, max: 1_000_000 });

describe('change points', () => {
  it('has none in a constant series, however long and large', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.double({ min: -1e12, max: 1e12, noNaN: true }),
        (points, level) => {
          expect(findChangePoints(Array.from({ length: points }, () => level))).toEqual([]);
        },
      ),
    );
  });

  it('finds the same in another unit, or with a constant added', () => {
    fc.assert(
      fc.property(SEED, fc.integer({ min: -20, max: 30 }), (seed, power) => {
        const levels = [
          [0, 100],
          [40, 108],
          [90, 97],
        ] as const;
        const values = series(seed, 130, levels, 2);
        const found = indexesOf(values);
        expect(indexesOf(values.map((value) => value * 2 ** power))).toEqual(found);
        expect(indexesOf(values.map((value) => value - 1000))).toEqual(found);
        expect(indexesOf(values.map((value) => -value))).toEqual(found);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('calls a change in at most two of 100 series of 100 points of noise', () => {
    const seeds = Array.from({ length: 1000 }, (_, i) => i + 1);
    const alarms = seeds.filter((seed) => indexesOf(series(seed, 100, [[0, 50]], 1)).length > 0);
    expect(alarms.length).toBeLessThanOrEqual(20);
  });

  it('finds a change of five deviations where it is, and nothing else', () => {
    fc.assert(
      fc.property(
        SEED,
        fc.integer({ min: 8, max: 52 }),
        fc.constantFrom(-5, 5),
        (seed, at, step) => {
          const levels = [
            [0, 100],
            [at, 100 + step],
          ] as const;
          const found = findChangePoints(series(seed, 60, levels, 1));
          const near = found.filter(({ index }) => Math.abs(index - at) <= 1);
          expect(near).toHaveLength(1);
          const [change] = near;
          expect(Math.sign((change?.afterMean ?? 0) - (change?.beforeMean ?? 0))).toBe(
            Math.sign(step),
          );
          expect(change?.p).toBeLessThan(0.001);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  const noisy = Array.from({ length: 12 }, (_, i) => 100 + ((i * 7) % 5) / 10);
  const step = [...Array.from({ length: 12 }, (_, i) => 100 + (i % 3)), 120, 121, 122, 120];
  it.each([
    ['nothing', [], []],
    ['one value', [5], []],
    ['five values, whatever they are', [1, 1, 1, 90, 90], []],
    ['a step without noise', [7, 7, 7, 7, 9, 9, 9, 9], [4]],
    ['a step in the last four', step, [12]],
    ['the same, two of them only', step.slice(0, 14), []],
    ['a step in the last four, ten times the noise', [...noisy, 105, 105.2, 104.9, 105.1], [12]],
    ['two slow runs', [...noisy, 140, 150, ...noisy], []],
    ['one spike', [...step.slice(0, 6), 900, ...step.slice(0, 6)], []],
    ['two steps', [...step, ...step.map((value) => value - 40)], [12, 16, 28]],
  ])('has the changes of %s', (_name, values, indexes) => {
    expect(indexesOf(values)).toEqual(indexes);
  });

  it('takes alike neighbours for what they are: a slow swing has fewer changes', () => {
    const rng = rngFrom(3, 'swing');
    let value = 0;
    const swing = Array.from({ length: 200 }, () => {
      value = 0.6 * value + (rng.nextFloat() - 0.5);
      return 100 + value;
    });
    expect(indexesOf(swing)).toEqual([]);
  });

  it('leaves out changes that are too small to matter', () => {
    const levels = [
      [0, 100],
      [30, 103],
      [60, 120],
    ] as const;
    const values = series(5, 90, levels, 0.5);
    expect(indexesOf(values)).toEqual([30, 60]);
    const large = findChangePoints(values, { changeRatioMin: 0.05 });
    expect(large.map(({ index }) => index)).toEqual([60]);
    expect(large[0]).toMatchObject({ fromIndex: 10, toIndex: 90 });
  });
});
