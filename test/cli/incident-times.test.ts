import { describe, expect, it } from 'vitest';
import { comparisonOf, seedOf, type IncidentOptions } from '../../src/cli/incident-times.ts';

const NOON_NS = BigInt(Date.UTC(2026, 2, 1, 12)) * 1_000_000n;
const HOUR_NS = 3_600_000_000_000n;
const healthy = '2026-03-01T11:00..2026-03-01T12:00';

function baselineOf(baseline: string): unknown {
  const comparison = comparisonOf({ baseline, window: healthy, seed: '1' });
  return comparison.kind === 'times' ? comparison.baseline : comparison;
}

describe('what is compared', () => {
  it.each([
    '2026-03-01T12:00..2026-03-01T13:00',
    '2026-03-01 12:00:00..2026-03-01 13:00:00Z',
    '2026-03-01T14:00+02:00..2026-03-01T13:00:00.000Z',
    `${NOON_NS / 1_000_000_000n}..${(NOON_NS + HOUR_NS) / 1_000_000_000n}`,
  ])('is a time: %s', (text) => {
    expect(baselineOf(text)).toEqual({ fromEpochNs: NOON_NS, toEpochNs: NOON_NS + HOUR_NS });
  });

  it('is whole days in UTC where dates alone are given', () => {
    expect(baselineOf('2026-03-01..2026-03-02')).toEqual({
      fromEpochNs: NOON_NS - 12n * HOUR_NS,
      toEpochNs: NOON_NS + 12n * HOUR_NS,
    });
  });

  it('is two runs, the baseline first', () => {
    expect(comparisonOf({ runs: ['a', 'b'], seed: '1' })).toEqual({
      kind: 'runs',
      baseline: 'a',
      window: 'b',
    });
  });

  it('is the fault of a run, or a window that is to be found', () => {
    const read = (options: Omit<IncidentOptions, 'seed'>) =>
      comparisonOf({ ...options, seed: '1' });
    expect(read({ run: 'a', fault: 'slow' })).toEqual({ kind: 'fault', runId: 'a', fault: 'slow' });
    expect(read({ since: '1h' })).toEqual({ kind: 'since', sinceNs: HOUR_NS });
    expect(read({ within: healthy })).toEqual({
      kind: 'within',
      time: { fromEpochNs: NOON_NS - HOUR_NS, toEpochNs: NOON_NS },
    });
  });

  it.each<[Omit<IncidentOptions, 'seed'>, string]>([
    [{}, '--baseline is wanted'],
    [{ baseline: healthy }, '--window is wanted'],
    [{ since: '1h', run: 'a' }, '--run and --since exclude each other'],
    [{ fault: 'slow', since: '1h' }, '--fault wants --run'],
    [{ since: 'long' }, '--since must be a time with its unit'],
    [{ runs: ['a'] }, '--runs wants two runs, got 1'],
    [{ runs: ['a', 'b'], window: healthy }, '--window and --runs exclude each other'],
    [{ baseline: '2026-02-30..2026-03-01', window: healthy }, "wants times, got '2026-02-30'"],
    [
      { baseline: 'now', window: healthy },
      "--baseline wants two times with '..' between them, got 'now'",
    ],
    [{ baseline: '2025..2026', window: healthy }, "--baseline wants times, got '2025'"],
    [{ baseline: healthy, window: '12:00..13:00' }, "--window wants times, got '12:00'"],
    [
      { baseline: healthy, window: '2026-02-28..2026-03-32' },
      "--window wants times, got '2026-03-32'",
    ],
    [
      { baseline: healthy, window: '2026-03-02..2026-03-02' },
      "--window ends at or before it begins: '2026-03-02..2026-03-02'",
    ],
  ])('is refused: %j', (options, message) => {
    expect(() => comparisonOf({ ...options, seed: '1' })).toThrow(message);
  });

  it('has a seed that is a whole number', () => {
    expect(seedOf({ seed: '42' })).toBe(42);
    for (const seed of ['-1', '1.5', 'x', '']) {
      expect(() => seedOf({ seed })).toThrow('--seed wants a whole number from 0');
    }
  });
});
