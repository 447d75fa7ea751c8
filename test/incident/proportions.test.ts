import { describe, expect, it } from 'vitest';
import { qValues } from '../../src/core/index.ts';
import {
  differenceAtLeast,
  fisherGreater,
  normalAbove,
  studentAbove,
} from '../../src/incident/proportions.ts';

describe("Fisher's exact test", () => {
  it('has the tail of the lady tasting tea', () => {
    expect(fisherGreater({ hits: 3, n: 4 }, { hits: 1, n: 4 })).toBeCloseTo(17 / 70, 9);
    expect(fisherGreater({ hits: 4, n: 4 }, { hits: 0, n: 4 })).toBeCloseTo(1 / 70, 9);
    expect(fisherGreater({ hits: 0, n: 4 }, { hits: 4, n: 4 })).toBeCloseTo(1, 9);
  });

  it('holds for large counts, where it nears the normal one', () => {
    const p = fisherGreater({ hits: 5_200, n: 10_000 }, { hits: 5_000, n: 10_000 });
    expect(p).toBeGreaterThan(0.002);
    expect(p).toBeLessThan(0.0026);
  });
});

describe('the least difference of two proportions', () => {
  it('is none where the window is no worse', () => {
    expect(differenceAtLeast({ hits: 1, n: 10 }, { hits: 1, n: 10 }, 1)).toBe(0);
    expect(differenceAtLeast({ hits: 0, n: 10 }, { hits: 9, n: 10 }, 1)).toBe(0);
  });

  it('nears the difference with more tries', () => {
    const few = differenceAtLeast({ hits: 5, n: 10 }, { hits: 0, n: 10 }, 1);
    const many = differenceAtLeast({ hits: 500, n: 1_000 }, { hits: 0, n: 1_000 }, 1);
    expect(few).toBeGreaterThan(0.2);
    expect(many).toBeGreaterThan(few);
    expect(many).toBeLessThan(0.5);
  });
});

describe('tails', () => {
  it.each([
    [0, 0.5],
    [1.959964, 0.025],
    [-1, 0.841345],
    [3.090232, 0.001],
    [6, 9.8659e-10],
  ])('of the normal distribution above %d', (z, p) => {
    expect(normalAbove(z) / p).toBeCloseTo(1, 2);
  });

  it.each([
    [2.353363, 3, 0.05],
    [1.812461, 10, 0.05],
    [2.763769, 10, 0.01],
    [1.660234, 100, 0.05],
  ])('of t above %d with %d degrees', (t, degrees, p) => {
    expect(Math.abs(studentAbove(t, degrees) / p - 1)).toBeLessThan(0.05);
  });
});

it('gives q-values that never fall as p grows, and equal p / rank x n where that is so', () => {
  expect(qValues([0.03, 0.01, 0.02, 0.9])).toEqual([0.04, 0.04, 0.04, 0.9]);
  expect(qValues([])).toEqual([]);
});
