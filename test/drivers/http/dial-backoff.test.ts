import { describe, expect, it } from 'vitest';
import {
  CANCELLED,
  NS_PER_MS,
  OK,
  STATUS,
  TIMEOUT,
  TRANSPORT,
  VirtualClock,
} from '../../../src/core/index.ts';
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

  it('does not pause for a target that closes after each answer', () => {
    const clock = new VirtualClock();
    const backoff = new DialBackoff(clock);
    for (let call = 0; call < 50; call++) {
      // The close is heard of with the answer, or a moment later, when the connection is free.
      backoff.callEnded(call % 3 === 0 ? STATUS : OK);
      backoff.lost(1);
      expect([backoff.isFailing, backoff.leftNs()]).toEqual([false, 0]);
      clock.advance(MS);
    }
  });

  it('pauses for a target that takes connections only to close them', () => {
    const clock = new VirtualClock();
    const backoff = new DialBackoff(clock);
    const waits = Array.from({ length: 3 }, () => {
      backoff.lost(0);
      const leftNs = backoff.leftNs();
      clock.advance(leftNs);
      return leftNs / MS;
    });
    expect(waits).toEqual([10, 20, 40]);
  });

  it.each([
    ['an answer', OK, true],
    ['a status', STATUS, true],
    ['a timeout: it takes its time, and is there', TIMEOUT, true],
    ['a reset', TRANSPORT, false],
    ['the end of the run', CANCELLED, false],
  ] as const)('after a failure %s tells whether it can be reached', (_, outcome, isReachable) => {
    const backoff = new DialBackoff(new VirtualClock());
    backoff.failed();
    backoff.callEnded(outcome);
    expect(backoff.isFailing).toBe(!isReachable);
  });
});
