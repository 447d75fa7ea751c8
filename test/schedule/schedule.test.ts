import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { scheduleOf } from '../../src/schedule/index.ts';
import { Intensity } from '../../src/schedule/intensity.ts';
import { anyLoad, anyPieces, drain, phase, piece, scheduleOfPieces } from './phases.ts';

const runs = { numRuns: 60 };

describe('laws of every schedule', () => {
  test('arrivals are whole ns, in order, numbered without a gap, inside their phase', () => {
    fc.assert(
      fc.property(anyLoad, (scenario) => {
        const schedule = scheduleOf(scenario);
        let lastNs = 0;
        const wrong = drain(schedule.cursor()).filter(({ seq, phaseIndex, intendedNs }, i) => {
          const { fromNs, toNs } = schedule.phases[phaseIndex] ?? { fromNs: NaN, toNs: NaN };
          const inOrder = seq === i && intendedNs >= lastNs && Number.isSafeInteger(intendedNs);
          lastNs = intendedNs;
          return !(inOrder && intendedNs >= fromNs && intendedNs < toNs);
        });
        expect(wrong).toEqual([]);
      }),
      runs,
    );
  });

  test('the same seed gives the same arrivals', () => {
    fc.assert(
      fc.property(anyLoad, (scenario) => {
        const again = scheduleOf(structuredClone(scenario));
        expect(drain(again.cursor())).toEqual(drain(scheduleOf(scenario).cursor()));
      }),
      { numRuns: 20 },
    );
  });

  test('k shards merge to the unsplit schedule', () => {
    fc.assert(
      fc.property(anyLoad, fc.integer({ min: 1, max: 7 }), (scenario, count) => {
        const schedule = scheduleOf(scenario);
        const shards = Array.from({ length: count }, (_, i) => drain(schedule.shard(i, count)));
        for (const [i, shard] of shards.entries()) {
          expect(shard.filter(({ seq }) => seq % count !== i)).toEqual([]);
        }
        const merged = shards.flat().sort((a, b) => a.seq - b.seq);
        expect(merged).toEqual(drain(schedule.cursor()));
      }),
      runs,
    );
  });

  test('constant: the count up to any moment is within 1 of the integral of the rate', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(anyPieces, share, (pieces, part) => {
        const schedule = scheduleOfPieces('constant', pieces);
        const untilNs = Math.floor(part * schedule.durationNs);
        const arrivals = drain(schedule.cursor());
        const count = arrivals.filter((a) => a.intendedNs < untilNs).length;
        // Half a nanosecond of rounding moves an arrival over the edge by that much of the rate.
        const slack = 1 + 1e-9 * 2_000;
        expect(Math.abs(count - new Intensity(pieces).upTo(untilNs))).toBeLessThanOrEqual(slack);
        expect(arrivals.length).toBe(schedule.expectedCount);
      }),
      runs,
    );
  });
});

describe('phases', () => {
  const load = [
    { ...phase('warm-up', 'constant', [piece(10, 10, 1)]), measure: false },
    phase('steady', 'constant', [piece(4, 4, 2)]),
  ];

  test('follow each other, and the numbering goes on through them', () => {
    const schedule = scheduleOf({ seed: 1, load });
    expect(schedule.phases).toEqual([
      { name: 'warm-up', fromNs: 0, toNs: NS_PER_SEC, model: 'open', measured: false },
      { name: 'steady', fromNs: NS_PER_SEC, toNs: 3 * NS_PER_SEC, model: 'open', measured: true },
    ]);
    expect(schedule.durationNs).toBe(3 * NS_PER_SEC);
    expect(schedule.expectedCount).toBe(18);
    const arrivals = drain(schedule.cursor());
    expect(arrivals[9]).toEqual({ seq: 9, phaseIndex: 0, intendedNs: 900_000_000 });
    expect(arrivals[10]).toEqual({ seq: 10, phaseIndex: 1, intendedNs: NS_PER_SEC });
    expect(arrivals.at(-1)).toEqual({ seq: 17, phaseIndex: 1, intendedNs: 2_750_000_000 });
  });

  test('draw apart: a change to one leaves the arrivals of another', () => {
    const steady = phase('steady', 'poisson', [piece(100, 100, 2)]);
    const of = (warmUpPerSec: number): number[] => {
      const warmUp = phase('warm-up', 'poisson', [piece(warmUpPerSec, warmUpPerSec, 1)]);
      const arrivals = drain(scheduleOf({ seed: 9, load: [warmUp, steady] }).cursor());
      return arrivals.filter((a) => a.phaseIndex === 1).map((a) => a.intendedNs);
    };
    expect(of(10)).toEqual(of(50));
    expect(of(10).length).toBeGreaterThan(100);
  });

  test('a cursor keeps its last arrival and stays at the end', () => {
    const cursor = scheduleOf({ seed: 1, load }).shard(1, 2);
    expect(cursor.seq).toBe(-1);
    expect(drain(cursor).length).toBe(9);
    expect(cursor.advance()).toBe(false);
    expect(cursor.seq).toBe(17);
  });

  test('two walks of one schedule do not disturb each other', () => {
    const schedule = scheduleOfPieces('poisson', [piece(50, 50, 1)]);
    const first = schedule.cursor();
    first.advance();
    expect(drain(schedule.cursor()).length).toBe(drain(first).length + 1);
  });
});
