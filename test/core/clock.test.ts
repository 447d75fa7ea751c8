import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NS_PER_SEC, systemClock } from '../../src/core/index.ts';

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
