import { describe, expect, it } from 'vitest';

import { parseByteRate, parseBytes } from '../../src/core/index.ts';

describe('parseBytes', () => {
  it.each([
    ['64KB', 64_000],
    ['64 KiB', 65_536],
    ['1.5MB', 1_500_000],
    ['2GiB', 2 ** 31],
    ['10B', 10],
    ['0B', 0],
  ])('of %s is %i', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['64', '-1KB', 'KB', '64kb', '64 K', '1e3B', '64KB/s'])('of %s is none', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });
});

describe('parseByteRate', () => {
  it('is bytes per second', () => {
    expect(parseByteRate('100KB/s')).toBe(100_000);
    expect(parseByteRate('1 MiB / s')).toBe(2 ** 20);
  });

  it.each(['100KB', '100KB/m', '/s', '5/s'])('of %s is none', (text) => {
    expect(parseByteRate(text)).toBeUndefined();
  });
});
