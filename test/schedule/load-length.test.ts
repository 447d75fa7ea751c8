import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { loadExtended, loadUntil, scheduleOf } from '../../src/schedule/index.ts';
import { anyLoad, drain, phase, piece } from './phases.ts';

const SEC = NS_PER_SEC;

describe('a load that ends before its schedule', () => {
  it('has the arrivals of the whole load that are due before its end, and no others', () => {
    fc.assert(
      fc.property(anyLoad, fc.double({ min: 0, max: 1, noNaN: true }), ({ seed, load }, share) => {
        const whole = scheduleOf({ seed, load });
        const atNs = Math.max(1, Math.floor(share * whole.durationNs));
        const cut = scheduleOf({ seed, load: loadUntil(load, atNs) });
        expect(cut.durationNs).toBe(atNs);
        const due = drain(whole.cursor()).filter(({ intendedNs }) => intendedNs < atNs);
        const left = drain(cut.cursor());
        // A slope that is cut in two is rounded twice: one arrival may fall on the cut.
        expect(Math.abs(left.length - due.length)).toBeLessThanOrEqual(1);
        for (const [i, arrival] of left.slice(0, due.length).entries()) {
          expect(Math.abs(arrival.intendedNs - (due[i]?.intendedNs ?? 0))).toBeLessThanOrEqual(2);
        }
      }),
    );
  });

  it('is the same where the end is that of the schedule, or later', () => {
    const load = [phase('a', 'constant', [piece(10, 20, 2)])];
    expect(loadUntil(load, 2 * SEC)).toEqual(load);
    expect(loadUntil(load, 9 * SEC)).toEqual(load);
  });

  it('leaves out the phases after the one that is cut', () => {
    const load = [
      phase('a', 'constant', [piece(10, 10, 2)]),
      phase('b', 'constant', [piece(0, 20, 4)]),
      phase('c', 'constant', [piece(5, 5, 1)]),
    ];
    expect(loadUntil(load, 3 * SEC)).toEqual([load[0], phase('b', 'constant', [piece(0, 5, 1)])]);
  });
});

describe('a load that goes on past its schedule', () => {
  it('goes on with the rate of its end, its arrivals up to there being the same', () => {
    fc.assert(
      fc.property(anyLoad, fc.integer({ min: 1, max: 5 * SEC }), ({ seed, load }, byNs) => {
        const planned = scheduleOf({ seed, load });
        const longer = loadExtended(load, byNs);
        expect(scheduleOf({ seed, load: longer }).durationNs).toBe(planned.durationNs + byNs);
        const last = load.at(-1)?.arrivals?.pieces.at(-1)?.toPerSec;
        expect(longer.at(-1)?.arrivals?.pieces.at(-1)).toEqual({
          fromPerSec: last,
          toPerSec: last,
          durationNs: byNs,
        });
        const seen = drain(scheduleOf({ seed, load: longer }).cursor());
        const before = seen.filter(({ intendedNs }) => intendedNs < planned.durationNs);
        expect(before).toEqual(drain(planned.cursor()));
      }),
    );
  });

  it('has users go on as before', () => {
    const users = { count: 3, iterations: Infinity, think: { minNs: 0, maxNs: 0 } };
    const load = [{ name: 'u', flow: 'f', users, durationNs: SEC, measure: true }];
    expect(loadExtended(load, SEC)).toEqual([{ ...load[0], durationNs: 2 * SEC }]);
  });
});
