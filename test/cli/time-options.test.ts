import { expect, it } from 'vitest';

import { wantedTime, type TimeOptions } from '../../src/cli/time-options.ts';

const HOUR_NS = 3_600_000_000_000n;

it('is a time back from now on, or from one moment to another', () => {
  expect(wantedTime({ since: '1h' })).toEqual({ sinceNs: HOUR_NS });
  const day = { from: '2026-03-01T12:00:00Z', to: '2026-03-01T13:00:00Z' };
  const { fromEpochNs = 0n, toEpochNs = 0n } = wantedTime(day);
  expect(toEpochNs - fromEpochNs).toBe(HOUR_NS);
});

it.each([
  ['2026-03-01', '2026-03-01T00:00:00Z'],
  ['2026-03-01T14:05', '2026-03-01T14:05:00Z'],
  ['2026-03-01 14:05+02:00', '2026-03-01T12:05:00Z'],
  ['01/Mar/2026:14:05:00 +0000', '2026-03-01T14:05:00Z'],
  ['1772366400', '2026-03-01T12:00:00Z'],
  ['1772366400000', '2026-03-01T12:00:00Z'],
])('takes %s for the moment that it is', (text, same) => {
  expect(wantedTime({ from: text })).toEqual(wantedTime({ from: same }));
});

it.each<[TimeOptions, string]>([
  [{ since: '0s' }, '--since must be > 0, got 0s'],
  [{ since: '10' }, '--since must be a time with its unit, got 10'],
  [{ since: '1h', from: '2026-03-01T12:00:00Z' }, '--since and --from exclude each other'],
  [
    { from: '2026-03-01T12:00:00Z', to: '2026-03-01T12:00:00Z' },
    '--to must be behind --from, got 2026-03-01T12:00:00Z and 2026-03-01T12:00:00Z',
  ],
  [{ to: 'noon' }, '--to must be a time'],
  [{ from: '2026' }, '--from must be a time'],
  [{ from: '1405.5' }, '--from must be a time'],
  [{ from: '2026-13-01' }, '--from must be a time'],
])('refuses %j', (options, message) => {
  expect(() => wantedTime(options)).toThrow(message);
});
