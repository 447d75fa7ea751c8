import { assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, rngFrom, VirtualClock } from '../../../src/core/index.ts';
import { DialBackoff } from '../../../src/drivers/http/dial-backoff.ts';

const MS = NS_PER_MS;

function backoffAt(seed = 1): { clock: VirtualClock; backoff: DialBackoff } {
  const clock = new VirtualClock();
  return { clock, backoff: new DialBackoff(clock, rngFrom(seed, 'dialling')) };
}

/** One failure, and the pause after it in ms. */
function failOnce({ clock, backoff }: ReturnType<typeof backoffAt>): number {
  backoff.failed(0);
  const leftNs = backoff.leftNs();
  clock.advance(leftNs);
  return leftNs / MS;
}

describe('DialBackoff', () => {
  it('waits from the second failure in a row on: 10 ms to 100 ms, the half to the whole of it', () => {
    assert(
      property(integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
        const made = backoffAt(seed);
        const waits = Array.from({ length: 8 }, () => failOnce(made));
        for (const [i, whole] of [0, 10, 20, 40, 80, 100, 100, 100].entries()) {
          expect(waits[i]).toBeLessThanOrEqual(whole);
          expect(waits[i]).toBeGreaterThanOrEqual(whole / 2);
        }
      }),
    );
  });

  it('waits as long again for the same seed, and otherwise for another', () => {
    const waitsOf = (seed: number): number[] => {
      const made = backoffAt(seed);
      return Array.from({ length: 6 }, () => failOnce(made));
    };
    expect(waitsOf(7)).toEqual(waitsOf(7));
    expect(waitsOf(7)).not.toEqual(waitsOf(8));
  });

  it('lets a target that is dead be dialled some ten times a second', () => {
    const made = backoffAt();
    let dials = 0;
    while (made.clock.nowNs() < 10 * NS_PER_SEC) {
      failOnce(made);
      dials++;
    }
    expect(dials).toBeGreaterThan(100);
    expect(dials).toBeLessThan(220);
  });

  it('counts dials that failed together once', () => {
    const { backoff } = backoffAt();
    for (let others = 7; others >= 0; others--) backoff.failed(others);
    expect(backoff.leftNs()).toBe(0);
    backoff.failed(0);
    expect(backoff.leftNs()).toBeGreaterThan(0);
    expect(backoff.leftNs()).toBeLessThanOrEqual(10 * MS);
  });

  it('halves how many may be dialled at once by a failure, doubles it by a good connection', () => {
    const { backoff } = backoffAt();
    expect(backoff.atOnceMax).toBe(Infinity);
    for (let others = 15; others >= 0; others--) backoff.failed(others);
    expect(backoff.atOnceMax).toBe(8);
    for (const most of [16, 32, 64, Infinity, Infinity]) {
      backoff.opened();
      backoff.proven();
      expect(backoff.atOnceMax).toBe(most);
    }
    for (let failure = 0; failure < 5; failure++) failOnce({ ...backoffAt(), backoff });
    expect(backoff.atOnceMax).toBe(1);
  });

  it('begins anew once a connection has proven good, not once one has opened', () => {
    const made = backoffAt();
    for (let failure = 0; failure < 5; failure++) failOnce(made);
    made.backoff.opened();
    expect(failOnce(made)).toBeGreaterThan(40);
    made.backoff.proven();
    expect(failOnce(made)).toBe(0);
  });

  it('takes no heart from connections that were opened beside those that failed', () => {
    const { backoff, clock } = backoffAt();
    backoff.failed(300);
    for (let opened = 0; opened < 250; opened++) backoff.opened();
    for (let failed = 0; failed < 50; failed++) backoff.failed(0);
    for (let failure = 0; failure < 12; failure++) failOnce({ clock, backoff });
    for (let proven = 0; proven < 250; proven++) backoff.proven();
    expect(backoff.atOnceMax).toBe(1);
    expect(failOnce({ clock, backoff })).toBeGreaterThanOrEqual(50);
  });
});
