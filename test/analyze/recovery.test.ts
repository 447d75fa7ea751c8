import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  NS_PER_MS,
  NS_PER_SEC,
  rngFrom,
  type HistogramSlice,
  type Outcome,
} from '../../src/core/index.ts';
import { recoveryOf } from '../../src/analyze/recovery.ts';

const END_SEC = 40;

function slice(at: number, valueNs: readonly number[], outcome: Outcome = 'ok'): HistogramSlice {
  const counts = new Map<number, number>();
  for (const value of valueNs.toSorted((a, b) => a - b)) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return {
    second: at,
    phase: 'steady',
    step: 'home',
    target: 'api',
    outcome,
    clock: 'response',
    valueNs: [...counts.keys()],
    count: [...counts.values()],
  };
}

/** One second of calls of 8 ms and an exponential tail; `slowRatio` of them take 300 ms. */
function second(at: number, calls: number, slowRatio: number, seed: number): HistogramSlice {
  const rng = rngFrom(seed, `second ${at}`);
  const values = Array.from({ length: calls }, () =>
    rng.nextFloat() < slowRatio
      ? 300 * NS_PER_MS
      : Math.round((8 - 4 * Math.log(1 - rng.nextFloat())) * NS_PER_MS),
  );
  return slice(at, values);
}

interface Course {
  readonly calls?: number;
  readonly seed?: number;
  readonly horizonSecond?: number;
  readonly endNs?: number;
  /** The share of slow calls in a second after the window. */
  readonly slowAt?: (second: number) => number;
  readonly beforeSeconds?: number;
  readonly droppedIn?: (second: number) => number;
  /** Seconds after the window in which the step was not called. */
  readonly isSilent?: (second: number) => boolean;
}

function recovery(course: Course) {
  const { calls = 200, seed = 1, horizonSecond = 70, slowAt = () => 0 } = course;
  const before = Array.from({ length: course.beforeSeconds ?? 20 }, (_, i) =>
    second(i, calls, 0, seed),
  );
  const after = Array.from({ length: 40 }, (_, i) =>
    second(END_SEC + i, calls, slowAt(END_SEC + i), seed),
  ).filter((s) => course.isSilent?.(s.second) !== true);
  return recoveryOf({
    endNs: course.endNs ?? END_SEC * NS_PER_SEC,
    horizonSecond,
    beforeSeconds: before.map((s) => s.second),
    before,
    after,
    droppedIn: course.droppedIn ?? (() => 0),
    stratumOf: () => '',
  });
}

describe('recoveryOf', () => {
  it('is 0 where the fault changed nothing, for nearly every seed', () => {
    const seeds = Array.from({ length: 200 }, (_, seed) => seed);
    const late = seeds.filter((seed) => {
      const found = recovery({ seed });
      return found.kind !== 'recovered' || found.atMostNs > 0;
    });
    // Each seed errs with 2.5% by the definition, less what the discrete counts leave unused.
    expect(late.length).toBeLessThanOrEqual(10);
  });

  it('lies between the second that was still out and the first that is in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 999 }), (slow, ms) => {
        const endNs = END_SEC * NS_PER_SEC + ms * NS_PER_MS;
        const found = recovery({ endNs, slowAt: (at) => (at < END_SEC + slow ? 0.5 : 0) });
        expect(found).toMatchObject({ kind: 'recovered' });
        if (found.kind !== 'recovered') return;
        expect(found.atMostNs).toBeGreaterThanOrEqual(slow * NS_PER_SEC - ms * NS_PER_MS);
        expect(found.atLeastNs).toBeLessThan(found.atMostNs);
      }),
      { numRuns: 40 },
    );
  });

  it('counts from the end of the window, not from the second', () => {
    const endNs = (END_SEC + 0.6) * NS_PER_SEC;
    const found = recovery({ endNs, slowAt: (at) => (at < END_SEC + 3 ? 0.5 : 0) });
    expect(found).toMatchObject({ atLeastNs: 1.4 * NS_PER_SEC, atMostNs: 2.4 * NS_PER_SEC });
  });

  it('is not there as long as the calls fall back out within five seconds', () => {
    const relapse = (at: number): number => (at < 42 || (at >= 45 && at < 47) ? 0.5 : 0);
    expect(recovery({ slowAt: relapse })).toMatchObject({ atMostNs: 7 * NS_PER_SEC });
  });

  it('never comes where the calls stay slow, and says for how long that was seen', () => {
    const found = recovery({ slowAt: () => 0.2, horizonSecond: 60 });
    expect(found).toMatchObject({ kind: 'not-recovered', watchedNs: 20 * NS_PER_SEC });
  });

  it('is seen in spans of several seconds where there are few calls', () => {
    const found = recovery({ calls: 25, beforeSeconds: 36, slowAt: (at) => (at < 46 ? 0.6 : 0) });
    expect(found).toMatchObject({ kind: 'recovered' });
    if (found.kind === 'recovered') expect(found.atMostNs).toBeGreaterThanOrEqual(5 * NS_PER_SEC);
  });

  it('is refused with a reason where there are too few calls', () => {
    expect(recovery({ calls: 1 })).toMatchObject({
      kind: 'not-measurable',
      reason: expect.stringMatching(/^20 healthy calls before it, \d+ are needed$/u),
    });
    expect(recovery({ horizonSecond: END_SEC, calls: 200 })).toMatchObject({
      reason: expect.stringMatching(/^0 calls after it, \d+ are needed$/u),
    });
  });

  it('watches p95 or p90 where there are too few calls for p99', () => {
    const slowAt = (at: number): number => (at < END_SEC + 4 ? 0.9 : 0);
    expect(recovery({ calls: 10, slowAt })).toMatchObject({ kind: 'recovered', percent: 95 });
    expect(recovery({ calls: 3, slowAt })).toMatchObject({ percent: 90 });
  });

  it('does not come while arrivals are dropped, however quick the calls are', () => {
    const droppedIn = (at: number): number => (at >= 38 && at < END_SEC + 3 ? 80 : 0);
    expect(recovery({ droppedIn })).toMatchObject({
      kind: 'recovered',
      atMostNs: 3 * NS_PER_SEC,
    });
    expect(recovery({ droppedIn: () => 80 })).toMatchObject({ kind: 'not-measurable' });
  });

  it('does not span over seconds in which nothing was called', () => {
    const isSilent = (at: number): boolean => at < END_SEC + 6;
    expect(recovery({ isSilent })).toMatchObject({ kind: 'recovered', atMostNs: 6 * NS_PER_SEC });
    expect(recovery({ isSilent: () => true, horizonSecond: 50 })).toMatchObject({
      kind: 'not-recovered',
      watchedNs: 10 * NS_PER_SEC,
    });
  });

  it('is unconfirmed where five seconds were not left to watch', () => {
    expect(recovery({ horizonSecond: END_SEC + 1 })).toMatchObject({
      kind: 'unconfirmed',
      atMostNs: 0,
      watchedNs: NS_PER_SEC,
    });
    const slowAt = (at: number): number => (at < END_SEC + 7 ? 0.5 : 0);
    expect(recovery({ slowAt, horizonSecond: END_SEC + 8 })).toMatchObject({
      kind: 'unconfirmed',
      atMostNs: 7 * NS_PER_SEC,
      watchedNs: NS_PER_SEC,
    });
    expect(recovery({ horizonSecond: END_SEC + 5 })).toMatchObject({ kind: 'recovered' });
  });

  it('takes failed calls as endless: an error that comes fast is no recovery', () => {
    const before = Array.from({ length: 20 }, (_, i) => second(i, 200, 0, 1));
    const failing = Array.from({ length: 10 }, (_, i) =>
      slice(
        END_SEC + i,
        Array.from({ length: 200 }, () => NS_PER_MS),
        'status',
      ),
    );
    const found = recoveryOf({
      endNs: END_SEC * NS_PER_SEC,
      horizonSecond: END_SEC + 10,
      beforeSeconds: before.map((s) => s.second),
      droppedIn: () => 0,
      before,
      after: failing,
      stratumOf: () => '',
    });
    expect(found).toMatchObject({ kind: 'not-recovered', watchedNs: 10 * NS_PER_SEC });
  });
});
