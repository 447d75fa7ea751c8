import { describe, expect, it } from 'vitest';

import { analyzeFaults } from '../../src/analyze/fault-analysis.ts';
import {
  NS_PER_MS,
  NS_PER_SEC,
  type FaultWindow,
  type HistogramSlice,
} from '../../src/core/index.ts';
import type { ArrivalSecond, PhaseAnalysis } from '../../src/analyze/index.ts';
import { summarizeClock } from '../../src/analyze/clock-summary.ts';
import { EMPTY_SAMPLE } from '../../src/analyze/index.ts';

const CALLS_PER_SEC = 500;
const NEVER = (): boolean => false;
const NONE = (_second: number): number => 0;

function phase(name: string, fromSec: number, toSec: number): PhaseAnalysis {
  return {
    name,
    model: 'open',
    measured: true,
    fromNs: fromSec * NS_PER_SEC,
    toNs: toSec * NS_PER_SEC,
    ranNs: (toSec - fromSec) * NS_PER_SEC,
    arrivals: 0,
    droppedArrivals: 0,
    lag: summarizeClock(EMPTY_SAMPLE),
  };
}

function window(fault: string, fromSec: number, toSec: number): FaultWindow {
  return {
    fault,
    placeKind: 'proxy',
    place: 'p',
    effect: 'latency',
    attributes: {},
    fromNs: fromSec * NS_PER_SEC,
    toNs: toSec * NS_PER_SEC,
  };
}

/** Calls of 8 to 12 ms, but of 300 ms in the seconds that are slow. */
function seconds(toSec: number, isSlow: (second: number) => boolean): HistogramSlice[] {
  return Array.from({ length: toSec }, (_, second) => ({
    second,
    phase: 'steady',
    step: 'home',
    target: 'api',
    outcome: 'ok',
    clock: 'response',
    valueNs: isSlow(second) ? [300 * NS_PER_MS] : [8, 9, 10, 11, 12].map((ms) => ms * NS_PER_MS),
    count: isSlow(second) ? [CALLS_PER_SEC] : [1, 1, 1, 1, 1].map((n) => n * (CALLS_PER_SEC / 5)),
  }));
}

function arrivals(toSec: number, perSec: (second: number) => number, dropped = NONE) {
  return Array.from({ length: toSec }, (_, second) => ({
    second,
    phase: 'steady',
    arrivals: perSec(second),
    dropped: dropped(second),
  }));
}

function analyzed(
  windows: readonly FaultWindow[],
  slices: readonly HistogramSlice[],
  toSec = 40,
  seen: readonly ArrivalSecond[] = [],
) {
  return analyzeFaults(windows, slices, [phase('steady', 0, toSec)], seen).map(
    ({ window: of, steps }) => {
      const [effect] = steps;
      if (!effect) throw new Error(`${of.fault} has a step`);
      const { before, during, after, dropped, recovery } = effect;
      const inSeconds = [before, during, after].map(({ calls }) => calls / CALLS_PER_SEC);
      return { fault: of.fault, inSeconds, dropped, recovery };
    },
  );
}

describe('analyzeFaults', () => {
  it('tells the seconds before, during and after apart', () => {
    // A window of 4 s: seconds 0 to 8 are before it and its guard, as long as it are those after
    // it.
    const slices = seconds(40, (s) => s >= 10 && s < 14);
    expect(analyzed([window('stall', 10.001, 14.003)], slices)).toMatchObject([
      { inSeconds: [9, 4, 5], recovery: { kind: 'recovered', atMostNs: 0 } },
    ]);
  });

  it('looks on until the recovery where that takes longer than the window lasted', () => {
    const slices = seconds(40, (s) => s >= 10 && s < 22);
    expect(analyzed([window('stall', 10, 14)], slices)).toMatchObject([
      {
        inSeconds: [9, 4, 8],
        recovery: { kind: 'recovered', atLeastNs: 7 * NS_PER_SEC, atMostNs: 8 * NS_PER_SEC },
      },
    ]);
  });

  it('takes a window that is shorter than half a second by the seconds that it touches', () => {
    expect(
      analyzed(
        [window('blip', 10.2, 10.3)],
        seconds(40, () => false),
      )[0],
    ).toMatchObject({
      inSeconds: [9, 1, 1],
    });
  });

  it('ends with the next fault: what had not recovered by then is told as such', () => {
    const slices = seconds(40, (s) => s >= 10 && s < 24);
    const found = analyzed([window('first', 10, 12), window('second', 20, 22)], slices);
    expect(found).toMatchObject([
      { fault: 'first', recovery: { kind: 'not-recovered', watchedNs: 7 * NS_PER_SEC } },
      // The seconds in which the first went on are not the healthy time before the second.
      { fault: 'second', inSeconds: [9, 2, 2], recovery: { kind: 'recovered' } },
    ]);
  });

  it('cannot tell two faults apart of which one outlasts the other', () => {
    const found = analyzed(
      [window('first', 10, 14), window('second', 12, 20)],
      seconds(40, () => false),
    );
    expect(found).toMatchObject([
      { recovery: { kind: 'not-measurable', reason: 'second was still active when it ended' } },
      { recovery: { kind: 'recovered' } },
    ]);
  });

  it('takes faults that end in the same second as over together', () => {
    const found = analyzed(
      [window('first', 10, 14.001), window('second', 12, 14.003)],
      seconds(40, () => false),
    );
    expect(found).toMatchObject([
      { recovery: { kind: 'recovered' } },
      { recovery: { kind: 'recovered' } },
    ]);
  });

  it('has nothing to say on a recovery that the phase had no time for', () => {
    const slices = seconds(20, () => false);
    expect(analyzed([window('late', 16, 20.002)], slices, 20)).toMatchObject([
      { recovery: { kind: 'not-measurable', reason: 'its phase ended with it' } },
    ]);
  });

  it('tells the arrivals that were dropped, and sees no recovery while there are any', () => {
    // All calls that were sent were quick; from second 10 to 16 most arrivals found no slot.
    const dropped = (s: number): number => (s >= 10 && s < 16 ? 160 : 0);
    const seen = arrivals(40, () => CALLS_PER_SEC, dropped);
    const slices = seconds(40, () => false);
    expect(analyzed([window('hole', 10, 12)], slices, 40, seen)).toMatchObject([
      {
        dropped: { before: 0, during: 320, after: 640 },
        recovery: { kind: 'recovered', atLeastNs: 3 * NS_PER_SEC, atMostNs: 4 * NS_PER_SEC },
      },
    ]);
  });

  it('has no measure of recovery where the rate changes within the phase', () => {
    const slices = seconds(40, () => false);
    const reason = 'the rate changes in this phase';
    const climb = arrivals(40, (second) => 100 + 20 * second);
    expect(analyzed([window('null', 15, 17)], slices, 40, climb)).toMatchObject([
      { recovery: { kind: 'not-measurable', reason } },
    ]);
    const even = arrivals(40, (second) => CALLS_PER_SEC + (second % 3));
    expect(analyzed([window('null', 15, 17)], slices, 40, even)).toMatchObject([
      { recovery: { kind: 'recovered', atMostNs: 0 } },
    ]);
  });

  it('says that the run was stopped where its phase did not come to its end', () => {
    const cut = { ...phase('steady', 0, 40), ranNs: 18 * NS_PER_SEC };
    const [found] = analyzeFaults([window('w', 14, 18)], seconds(18, NEVER), [cut], []);
    expect(found?.steps[0]?.recovery).toEqual({
      kind: 'not-measurable',
      reason: 'the run was stopped',
    });
  });

  it('compares with the last million calls before, where there are more', () => {
    const many = seconds(40, NEVER).map((slice) => ({
      ...slice,
      count: slice.count.map((count) => count * 800),
    }));
    const [found] = analyzeFaults([window('w', 30, 34)], many, [phase('steady', 0, 40)], []);
    expect(found?.steps[0]?.before.calls).toBe(3 * 800 * CALLS_PER_SEC);
    expect(found?.steps[0]?.during.calls).toBe(4 * 800 * CALLS_PER_SEC);
    expect(found?.steps[0]?.recovery).toMatchObject({ kind: 'recovered', atMostNs: 0 });
  });

  it('takes a fault that lasts the whole run as its condition', () => {
    const lasting = { ...window('wan', 0, 41), attributes: { during: 'run' } };
    const slices = seconds(40, (s) => s >= 10 && s < 14);
    expect(analyzed([lasting, window('stall', 10, 14)], slices)).toMatchObject([
      { inSeconds: [0, 40, 0], recovery: { kind: 'not-measurable' } },
      { inSeconds: [9, 4, 4], recovery: { kind: 'recovered', atMostNs: 0 } },
    ]);
  });
});
