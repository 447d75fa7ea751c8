import { describe, expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { ConstantArrivals } from '../../src/schedule/constant-arrivals.ts';
import { Intensity } from '../../src/schedule/intensity.ts';
import { drain, piece, scheduleOfPieces } from './phases.ts';

function duesOf(pieces: Parameters<typeof scheduleOfPieces>[1]): number[] {
  return drain(scheduleOfPieces('constant', pieces).cursor()).map((a) => a.intendedNs);
}

describe('constant arrivals', () => {
  test('a level rate: the first at 0, then evenly', () => {
    expect(duesOf([piece(4, 4, 1)])).toEqual([0, 250_000_000, 500_000_000, 750_000_000]);
  });

  test('a rate whose distance is no whole ns keeps to the grid and does not drift', () => {
    const dues = duesOf([piece(3, 3, 3)]);
    expect(dues.slice(0, 4)).toEqual([0, 333_333_333, 666_666_667, NS_PER_SEC]);
    expect(dues).toHaveLength(9);
  });

  test('a rate below one per second', () => {
    expect(duesOf([piece(0.1, 0.1, 30)])).toEqual([0, 10 * NS_PER_SEC, 20 * NS_PER_SEC]);
  });

  test('500/s for 30 s is 15,000 arrivals; 100/m for 1 m is 100', () => {
    expect(duesOf([piece(500, 500, 30)])).toHaveLength(15_000);
    expect(duesOf([piece(100 / 60, 100 / 60, 60)])).toHaveLength(100);
  });

  test('a ramp from 0: t = sqrt(2 k / slope)', () => {
    const dues = duesOf([piece(0, 10, 10)]);
    expect(dues).toHaveLength(50);
    for (const [k, dueNs] of dues.entries()) {
      expect(dueNs).toBe(Math.round(Math.sqrt(2 * k) * NS_PER_SEC));
    }
  });

  test('a rate of 0 makes none: not alone, and not in a pause', () => {
    expect(duesOf([piece(0, 0, 60)])).toEqual([]);
    const paused = duesOf([piece(2, 2, 1), piece(0, 0, 60), piece(2, 2, 1)]);
    expect(paused).toEqual([0, 0.5, 61, 61.5].map((sec) => sec * NS_PER_SEC));
  });

  // Read at places far apart, so that hours at a huge rate take no time here.
  test.each([
    [100_000, 10 * 3_600],
    [99_991, 24 * 3_600],
    [7, 100 * 24 * 3_600],
  ])('%i/s for %i s is exact to the nanosecond to its end', (ratePerSec, sec) => {
    const intensity = new Intensity([piece(ratePerSec, ratePerSec, sec)]);
    expect(intensity.total).toBe(ratePerSec * sec);
    for (let back = 1; back <= 1_000; back++) {
      const k = ratePerSec * sec - back;
      const exactNs = (BigInt(k) * 1_000_000_000n * 2n) / BigInt(ratePerSec); // in halves
      const nearestNs = Number((exactNs + 1n) / 2n);
      expect(Math.abs(Math.round(intensity.inverseNs(k)) - nearestNs)).toBeLessThanOrEqual(
        Number.isInteger(1e9 / ratePerSec) ? 0 : 1,
      );
    }
  });

  test('no arrival falls on the end of its phase', () => {
    const intensity = new Intensity([{ fromPerSec: 1, toPerSec: 0, durationNs: 3 * NS_PER_SEC }]);
    const arrivals = new ConstantArrivals(intensity);
    const dues = [arrivals.nextNs(), arrivals.nextNs(), arrivals.nextNs()];
    expect(dues[0]).toBe(0);
    expect(dues[1]).toBeLessThan(3 * NS_PER_SEC);
    expect(dues[2]).toBe(Infinity);
  });
});
