import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ns, NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import type { PhaseSpec, ReplayPhaseSpec } from '../../src/scenario/index.ts';
import { arrivalsPerPhase, scheduleOf, wantedRatePerSec } from '../../src/schedule/index.ts';
import { drain, phase, piece } from './phases.ts';

function replayed(
  offsetsNs: readonly Ns[] | undefined,
  { speed = 1, durationNs = NS_PER_SEC, name = 'replayed' } = {},
): ReplayPhaseSpec {
  return {
    name,
    flow: 'f',
    durationNs,
    measure: true,
    replay: {
      source: { run: 'latest' },
      speed,
      durationNsMax: Infinity,
      ...(offsetsNs && { offsetsNs: Float64Array.from(offsetsNs), requests: undefined }),
    },
  };
}

const times = (load: readonly PhaseSpec[]): Ns[] =>
  drain(scheduleOf({ seed: 1, load }).cursor()).map(({ intendedNs }) => intendedNs);

const list = fc
  .array(fc.integer({ min: 0, max: 10 * NS_PER_SEC }), { maxLength: 200 })
  .map((offsets) => [0, ...offsets].toSorted((a, b) => a - b));

describe('ReplayArrivals', () => {
  it('are those of the list, at the speed', () => {
    const speed = fc.double({ min: 0.01, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(list, speed, (offsetsNs, s) => {
        const wanted = offsetsNs.map((ns) => Math.round(ns / s));
        const durationNs = (wanted.at(-1) ?? 0) + 1;
        expect(times([replayed(offsetsNs, { speed: s, durationNs })])).toEqual(wanted);
      }),
    );
  });

  it('end with the phase', () => {
    const offsets = [0, 400, 800, 1_200].map((ms) => ms * NS_PER_MS);
    expect(times([replayed(offsets, { durationNs: 800 * NS_PER_MS })])).toHaveLength(2);
    expect(times([replayed(offsets, { speed: 2, durationNs: 601 * NS_PER_MS })])).toHaveLength(4);
  });

  it('of all shards together are those of the whole, beside other phases', () => {
    const durationNs = 11 * NS_PER_SEC;
    fc.assert(
      fc.property(list, fc.integer({ min: 1, max: 7 }), (offsetsNs, count) => {
        const load = [
          phase('before', 'poisson', [piece(20, 20, 1)]),
          replayed(offsetsNs, { durationNs }),
          phase('after', 'constant', [piece(20, 20, 1)]),
        ];
        const schedule = scheduleOf({ seed: 7, load });
        const shards = Array.from({ length: count }, (_, i) => drain(schedule.shard(i, count)));
        const merged = shards.flat().toSorted((a, b) => a.seq - b.seq);
        expect(merged).toEqual(drain(schedule.cursor()));
        expect(arrivalsPerPhase(schedule)['replayed']).toBe(offsetsNs.length);
      }),
    );
  });

  it('know their place in the list, in every shard', () => {
    const load = [
      phase('before', 'constant', [piece(5, 5, 1)]),
      replayed([0, 1, 2, 3, 4]),
      replayed([0, 1, 2], { name: 'again' }),
    ];
    const cursor = scheduleOf({ seed: 1, load }).shard(1, 3);
    const places = [];
    while (cursor.advance()) places.push([cursor.seq, cursor.phaseIndex, cursor.indexInPhase]);
    expect(places).toEqual([
      [1, 0, 1],
      [4, 0, 4],
      [7, 1, 2],
      [10, 2, 0],
    ]);
  });

  it('are counted exactly in what is expected, and not at all before the list is read', () => {
    const { expectedCount } = scheduleOf({ seed: 1, load: [replayed([0, 5, 5, 7])] });
    expect(expectedCount).toBe(4);
    const unread = scheduleOf({ seed: 1, load: [replayed(undefined, { durationNs: 0 })] });
    expect(unread.expectedCount).toBe(0);
    expect(arrivalsPerPhase(unread)).toEqual({});
  });
});

describe('the wanted rate of a replay', () => {
  it('is the mean of the second around the moment', () => {
    const offsets = Array.from({ length: 400 }, (_, i) => i * 10 * NS_PER_MS);
    const load = [
      phase('before', 'constant', [piece(7, 7, 1)]),
      replayed(offsets, { speed: 2, durationNs: 2 * NS_PER_SEC }),
    ];
    expect(wantedRatePerSec(load, 0.5 * NS_PER_SEC)).toBe(7);
    expect(wantedRatePerSec(load, 2 * NS_PER_SEC)).toBeCloseTo(200, -1);
    expect(wantedRatePerSec(load, 3 * NS_PER_SEC)).toBe(0);
  });
});
