import { describe, expect, it } from 'vitest';
import { counted, formatCount, formatRate, formatRatio } from '../../src/core/index.ts';
import { formatInterval, formatWorth } from '../../src/report/number-format.ts';

describe('numbers for people', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [1_234_567.4, '1,234,567'],
  ])('count %d', (count, text) => expect(formatCount(count)).toBe(text));

  it.each([
    [0, '0 calls'],
    [1, '1 call'],
    [12_034, '12,034 calls'],
  ])('%d counted', (count, text) => expect(counted(count, 'call')).toBe(text));

  it('of which the plural is no noun with an s', () =>
    expect([1, 2].map((n) => counted(n, 'arrival was', 'arrivals were'))).toEqual([
      '1 arrival was',
      '2 arrivals were',
    ]));

  it.each([
    [0.25, '0.25/s'],
    [9.994, '9.99/s'],
    [400.06, '400.1/s'],
    [12_345.6, '12,346/s'],
  ])('rate %d', (rate, text) => expect(formatRate(rate)).toBe(text));

  it.each([
    [0, '0%'],
    [0.000_05, '<0.01%'],
    [0.004_2, '0.42%'],
    [0.125, '12.5%'],
    [1, '100%'],
  ])('ratio %d', (ratio, text) => expect(formatRatio(ratio)).toBe(text));

  it.each([
    [7_170, 1.5, '4,780'],
    [11, 6, '1'],
    [11, 20, '<1'],
    [0, 1, '0'],
  ])('n_eff of %d calls at %d', (n, designEffect, text) =>
    expect(formatWorth(n, designEffect)).toBe(text),
  );

  it.each([
    [12.1e6, 12.5e6, false, '12.1–12.5 ms'],
    [980e3, 1.02e6, false, '980 us–1.02 ms'],
    [190e6, 200e6, true, '190–≥200 ms'],
    [61e9, 125e9, false, '1m 01s–2m 05s'],
  ])('interval from %d to %d', (lower, upper, open, text) => {
    expect(formatInterval(lower, upper, open)).toBe(text);
  });
});
