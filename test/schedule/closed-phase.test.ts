import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import type { PhaseSpec } from '../../src/scenario/index.ts';
import { arrivalsPerPhase, scheduleOf, wantedRatePerSec } from '../../src/schedule/index.ts';
import { drain, phase, piece } from './phases.ts';

const MS = NS_PER_MS;
const users: PhaseSpec = {
  name: 'users',
  flow: 'f',
  users: { count: 5, iterations: 100, think: { minNs: 10 * MS, maxNs: 30 * MS } },
  durationNs: 2 * NS_PER_SEC,
  measure: true,
};
const before = phase('before', 'constant', [piece(10, 10, 1)]);
const after = phase('after', 'constant', [piece(20, 20, 1)]);
const schedule = scheduleOf({ seed: 1, load: [before, users, after] });

describe('a closed phase', () => {
  it('takes its time in the schedule and has no arrivals there', () => {
    expect(schedule.phases.map((p) => [p.model, p.fromNs / NS_PER_SEC])).toEqual([
      ['open', 0],
      ['closed', 1],
      ['open', 3],
    ]);
    const arrivals = drain(schedule.cursor());
    expect(arrivals).toHaveLength(30);
    expect(arrivals.map((a) => a.phaseIndex)).not.toContain(1);
    expect(schedule.expectedCount).toBe(30);
    expect(arrivalsPerPhase(schedule)).toEqual({ before: 10, after: 20 });
  });

  it('asks for no rate', () => {
    const rates = [0.5, 1.5, 2.5, 3.5, 4.5].map((sec) =>
      wantedRatePerSec([before, users, after], sec * NS_PER_SEC),
    );
    expect(rates).toEqual([10, 0, 0, 20, 0]);
  });

  it('draws pauses by the arrival alone, from the shortest to the longest', () => {
    const [closed] = schedule.closed;
    const pauses = Array.from({ length: 1_000 }, (_, seq) => closed?.thinkNs(seq) ?? NaN);
    expect(closed).toMatchObject({ phaseIndex: 1, userCount: 5, iterations: 100 });
    expect(pauses.map((_, seq) => closed?.thinkNs(seq))).toEqual(pauses);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(10 * MS);
    expect(Math.min(...pauses)).toBeLessThan(10.2 * MS);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30 * MS);
    expect(Math.max(...pauses)).toBeGreaterThan(29.8 * MS);
  });
});
