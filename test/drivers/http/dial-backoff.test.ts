import { describe, expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock } from '../../../src/core/index.ts';
import { DialBackoff } from '../../../src/drivers/http/dial-backoff.ts';

const MS = NS_PER_MS;

describe('DialBackoff', () => {
  it('waits twice as long after each failure, 10 ms to 100 ms', () => {
    const clock = new VirtualClock();
    const backoff = new DialBackoff(clock);
    expect(backoff.leftNs()).toBe(0);
    const waits = Array.from({ length: 6 }, () => {
      backoff.failed();
      const leftNs = backoff.leftNs();
      clock.advance(leftNs);
      return leftNs / MS;
    });
    expect(waits).toEqual([10, 20, 40, 80, 100, 100]);
  });

  it('counts dials that failed together once', () => {
    const backoff = new DialBackoff(new VirtualClock());
    for (let i = 0; i < 8; i++) backoff.failed();
    expect(backoff.leftNs()).toBe(10 * MS);
  });

  it('begins anew after a success', () => {
    const clock = new VirtualClock();
    const backoff = new DialBackoff(clock);
    backoff.failed();
    expect(backoff.isFailing).toBe(true);
    backoff.succeeded();
    expect([backoff.isFailing, backoff.leftNs()]).toEqual([false, 0]);
    backoff.failed();
    expect(backoff.leftNs()).toBe(10 * MS);
  });
});
