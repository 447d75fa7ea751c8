import { describe, expect, it } from 'vitest';
import { asFloat, NS_PER_SEC, systemClock } from '../../src/core/index.ts';
import { newSlot } from '../../src/engine/live-call.ts';
import { piece, scheduleOfPieces } from '../schedule/phases.ts';
import { isSmallInteger } from './small-integer.ts';

const SMALL_INTEGER_MAX = 2 ** 31 - 1;

describe('times of the first two seconds are held as later ones are', () => {
  it('which are no small integers', () => {
    expect(isSmallInteger(SMALL_INTEGER_MAX)).toBe(true);
    expect(isSmallInteger(SMALL_INTEGER_MAX + 1)).toBe(false);
    for (const ns of [-1, 0, 1, NS_PER_SEC, SMALL_INTEGER_MAX]) {
      expect(isSmallInteger(asFloat(ns))).toBe(false);
      expect(asFloat(ns)).toBe(ns);
    }
  });

  it('by a clock', () => {
    const nowNs = systemClock().nowNs();
    expect(nowNs).toBeLessThan(SMALL_INTEGER_MAX);
    expect(isSmallInteger(nowNs)).toBe(false);
  });

  it('by a schedule', () => {
    const cursor = scheduleOfPieces('constant', [piece(10, 10, 1)]).cursor();
    while (cursor.advance()) expect(isSmallInteger(cursor.intendedNs)).toBe(false);
    expect(cursor.seq).toBe(9);
  });

  it('in the slot of a call, before it is used', () => {
    const { intendedNs, seenNs, sentNs, firstByteNs, endNs } = newSlot();
    for (const ns of [intendedNs, seenNs, sentNs, firstByteNs, endNs]) {
      expect(isSmallInteger(ns)).toBe(false);
    }
  });
});
