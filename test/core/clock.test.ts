import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NS_PER_SEC, systemClock, VirtualClock } from '../../src/core/index.ts';

const DAY_MS = 86_400_000;
const DAY_NS = 86_400 * NS_PER_SEC;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a timer of the system clock', () => {
  it('of more days than the platform holds fires when it is due, and once', () => {
    const fire = vi.fn();
    systemClock().after(60 * DAY_NS, fire);
    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(fire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(fire).toHaveBeenCalledTimes(1);
  });

  it('can be taken back in any part of it', () => {
    const fire = vi.fn();
    const timer = systemClock().after(60 * DAY_NS, fire);
    vi.advanceTimersByTime(30 * DAY_MS);
    timer.cancel();
    vi.advanceTimersByTime(60 * DAY_MS);
    expect(fire).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('timers of a virtual clock', () => {
  it('fire by their times, of one time as they were set, and not once taken back', () => {
    const timer = fc.record({ ns: fc.integer({ min: 0, max: 20 }), isTakenBack: fc.boolean() });
    fc.assert(
      fc.property(fc.array(timer, { maxLength: 60 }), (timers) => {
        const clock = new VirtualClock();
        const fired: [atNs: number, index: number][] = [];
        const set = timers.map(({ ns }, i) =>
          clock.after(ns, () => fired.push([clock.nowNs(), i])),
        );
        for (const [i, { isTakenBack }] of timers.entries()) if (isTakenBack) set[i]?.cancel();
        clock.advance(10);
        clock.advance(10);
        const due = timers.flatMap(({ ns, isTakenBack }, i) => (isTakenBack ? [] : [[ns, i]]));
        expect(fired).toEqual(due.toSorted(([a = 0], [b = 0]) => a - b));
        expect(clock.nowNs()).toBe(20);
      }),
    );
  });
});
