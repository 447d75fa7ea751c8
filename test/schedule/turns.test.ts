import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownTurn, scheduleOf, SIDE_A, SIDE_B, turnsOf } from '../../src/schedule/index.ts';
import { anyLoad } from './phases.ts';

const seeds = fc.nat({ max: 2 ** 31 });

describe('the turns of two versions', () => {
  it('give each two of every four arrivals in a row, as ABBA or BAAB', () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 1_000_000_000 }), (seed, block) => {
        const turns = turnsOf(seed, 'steady');
        const four = [0, 1, 2, 3].map((i) => turns.sideOf(4 * block + i));
        expect([
          [SIDE_A, SIDE_B, SIDE_B, SIDE_A],
          [SIDE_B, SIDE_A, SIDE_A, SIDE_B],
        ]).toContainEqual(four);
      }),
    );
  });

  it('are drawn by the seed and the phase, each order in half of the blocks', () => {
    const ordersOf = (seed: number, phase: string): readonly boolean[] => {
      const turns = turnsOf(seed, phase);
      return Array.from({ length: 4_000 }, (_, block) => turns.sideOf(4 * block) === SIDE_A);
    };
    const orders = ordersOf(1, 'steady');
    expect(ordersOf(1, 'steady')).toEqual(orders);
    for (const others of [ordersOf(2, 'steady'), ordersOf(1, 'peak')]) {
      const alike = orders.filter((order, i) => order === others[i]).length;
      // Six standard deviations of 4,000 fair coins.
      expect(Math.abs(alike - 2_000)).toBeLessThan(190);
    }
    expect(Math.abs(orders.filter(Boolean).length - 2_000)).toBeLessThan(190);
  });

  it('are the same for every number of workers', () => {
    fc.assert(
      fc.property(anyLoad, fc.integer({ min: 1, max: 9 }), ({ seed, load }, workers) => {
        const turning = load.map((phase) => ({ ...phase, flowOfB: 'other' }));
        const schedule = scheduleOf({ seed, load: turning });
        const sides = (index: number, count: number): (readonly [number, number])[] => {
          const cursor = schedule.shard(index, count);
          const all: (readonly [number, number])[] = [];
          while (cursor.advance()) {
            const side = schedule.turns[cursor.phaseIndex]?.sideOf(cursor.indexInPhase) ?? -1;
            all.push([cursor.seq, side]);
          }
          return all;
        };
        const shared = Array.from({ length: workers }, (_, index) => sides(index, workers)).flat();
        expect(shared.toSorted(([a], [b]) => a - b)).toEqual(sides(0, 1));
      }),
      { numRuns: 30 },
    );
  });

  it('of users are whole blocks of each worker, and no block is two workers’', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 400 }), (workers, blocks) => {
        const asked = Array.from({ length: workers }, (_, index) =>
          Array.from({ length: 4 * blocks }, (_own, own) => ownTurn(own, index, workers)),
        );
        for (const own of asked) {
          for (let i = 0; i < own.length; i += 4) {
            const from = own[i] ?? -1;
            expect(from % 4).toBe(0);
            expect(own.slice(i, i + 4)).toEqual([from, from + 1, from + 2, from + 3]);
          }
        }
        expect(new Set(asked.flat()).size).toBe(4 * blocks * workers);
      }),
      { numRuns: 30 },
    );
  });
});
