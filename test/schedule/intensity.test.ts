import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { Intensity } from '../../src/schedule/intensity.ts';
import { anyPieces, piece } from './phases.ts';

describe('Lambda by hand', () => {
  test.each([
    ['level', [piece(50, 50, 10)], 4, 200],
    ['ramp from 0', [piece(0, 100, 10)], 5, 125],
    ['ramp to 0', [piece(100, 0, 10)], 5, 375],
    ['a pause between', [piece(10, 10, 2), piece(0, 0, 3), piece(20, 20, 2)], 6, 40],
    ['before the start', [piece(10, 10, 2)], -1, 0],
    ['after the end', [piece(10, 10, 2)], 99, 20],
  ])('%s', (_, pieces, sec, arrivals) => {
    expect(new Intensity(pieces).upTo(sec * NS_PER_SEC)).toBeCloseTo(arrivals, 9);
  });

  test('the inverse of a ramp from 0 is a square root', () => {
    const intensity = new Intensity([piece(0, 100, 10)]);
    expect(intensity.inverseNs(125)).toBeCloseTo(5 * NS_PER_SEC, 3);
  });

  test('the edge of a pause lies after it', () => {
    const intensity = new Intensity([piece(10, 10, 1), piece(0, 0, 4), piece(10, 10, 1)]);
    expect(intensity.inverseNs(10)).toBe(5 * NS_PER_SEC);
  });

  test('a slope that is nearly 0 behaves as a level rate', () => {
    const level = new Intensity([piece(1_000, 1_000, 3_600)]);
    const nearly = new Intensity([piece(1_000, 1_000 + 1e-10, 3_600)]);
    for (const y of [1, 1_000, 3_599_999]) {
      expect(Math.abs(nearly.inverseNs(y) - level.inverseNs(y))).toBeLessThan(1);
    }
  });
});

test('law: the inverse inverts', () => {
  fc.assert(
    fc.property(anyPieces, fc.double({ min: 0, max: 1, noNaN: true }), (pieces, share) => {
      const intensity = new Intensity(pieces);
      const y = share * intensity.total;
      const back = intensity.upTo(intensity.inverseNs(y));
      expect(Math.abs(back - y)).toBeLessThanOrEqual(1e-9 * Math.max(1, intensity.total));
    }),
  );
});

test('law: Lambda and its inverse never fall', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(anyPieces, share, share, (pieces, a, b) => {
      const intensity = new Intensity(pieces);
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const slack = 1e-9;
      const { total, durationNs } = intensity;
      expect(intensity.upTo(high * durationNs)).toBeGreaterThanOrEqual(
        intensity.upTo(low * durationNs) - slack,
      );
      expect(intensity.inverseNs(high * total)).toBeGreaterThanOrEqual(
        intensity.inverseNs(low * total) - slack * durationNs,
      );
    }),
  );
});
