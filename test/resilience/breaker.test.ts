import { describe, expect, it } from 'vitest';
import { NS_PER_SEC, type Ns } from '../../src/core/index.ts';
import {
  Breaker,
  type BreakerSpec,
  type BreakerState,
  REFUSED,
} from '../../src/resilience/index.ts';

const SPEC: BreakerSpec = {
  failureRatio: 0.5,
  volume: 20,
  windowNs: 10 * NS_PER_SEC,
  sleepNs: 60 * NS_PER_SEC,
  probes: 3,
};
const SLOW = { fromNs: NS_PER_SEC, ratio: 0.5 };

interface Change {
  readonly state: BreakerState;
  readonly atNs: Ns;
}

function breakerOf(spec: Partial<BreakerSpec> = {}): { breaker: Breaker; changes: Change[] } {
  const changes: Change[] = [];
  const breaker = new Breaker({ ...SPEC, ...spec }, (state, atNs) => changes.push({ state, atNs }));
  return { breaker, changes };
}

/** Makes attempts that end at once, some of which fail. */
function attempts(breaker: Breaker, nowNs: Ns, well: number, failed: number, tookNs = 1): void {
  for (let i = 0; i < well + failed; i++) {
    breaker.settled(breaker.allow(nowNs), i >= well, tookNs, nowNs);
  }
}

describe('a closed breaker', () => {
  it('opens at exactly its ratio and its volume, and one below either does not', () => {
    const { breaker, changes } = breakerOf();
    attempts(breaker, 0, 10, 9);
    expect(breaker.state(0)).toBe('closed');
    attempts(breaker, 1, 0, 1);
    expect(changes).toEqual([{ state: 'open', atNs: 1 }]);
    const healthier = breakerOf().breaker;
    attempts(healthier, 0, 11, 10);
    expect(healthier.state(0)).toBe('closed');
    const few = breakerOf().breaker;
    attempts(few, 0, 0, 19);
    expect(few.state(0)).toBe('closed');
  });

  it('does not open as an attempt ends well, whatever the others were', () => {
    const { breaker } = breakerOf();
    attempts(breaker, 0, 0, 19);
    attempts(breaker, 0, 1, 0);
    expect(breaker.state(0)).toBe('closed');
    attempts(breaker, 0, 0, 1);
    expect(breaker.state(0)).toBe('open');
  });

  it('forgets what is older than its window', () => {
    const { breaker } = breakerOf();
    attempts(breaker, 0, 0, 19);
    attempts(breaker, SPEC.windowNs, 0, 19);
    expect(breaker.state(SPEC.windowNs)).toBe('closed');
    attempts(breaker, 1.8 * SPEC.windowNs, 0, 1);
    expect(breaker.state(1.8 * SPEC.windowNs)).toBe('open');
  });

  it('opens for slow attempts that went well, and only for those over the bound', () => {
    const { breaker } = breakerOf({ slow: SLOW });
    attempts(breaker, 0, 40, 0, SLOW.fromNs);
    expect(breaker.state(0)).toBe('closed');
    attempts(breaker, 0, 39, 0, SLOW.fromNs + 1);
    expect(breaker.state(0)).toBe('closed');
    attempts(breaker, 0, 1, 0, SLOW.fromNs + 1);
    expect(breaker.state(0)).toBe('open');
    const careless = breakerOf().breaker;
    attempts(careless, 0, 100, 0, 1e15);
    expect(careless.state(0)).toBe('closed');
  });
});

describe('an open breaker', () => {
  it('refuses until its sleep is over, then lets probes through and closes', () => {
    const { breaker, changes } = breakerOf();
    attempts(breaker, 5, 0, 20);
    const wakesNs = 5 + SPEC.sleepNs;
    expect(breaker.allow(wakesNs - 1)).toBe(REFUSED);
    const probes = [0, 1, 2, 3, 4].map((i) => breaker.allow(wakesNs + 100 + i));
    expect(probes.map((ticket) => ticket !== REFUSED)).toEqual([true, true, true, false, false]);
    for (const ticket of probes.slice(0, 2)) breaker.settled(ticket, false, 1, wakesNs + 200);
    expect(breaker.allow(wakesNs + 200)).toBe(REFUSED);
    breaker.settled(probes[2] ?? 0, false, 1, wakesNs + 300);
    expect(changes).toEqual([
      { state: 'open', atNs: 5 },
      { state: 'half-open', atNs: wakesNs },
      { state: 'closed', atNs: wakesNs + 300 },
    ]);
    expect(breaker.openNs(2 * wakesNs)).toBe(SPEC.sleepNs);
    // What it saw before is gone.
    attempts(breaker, wakesNs + 301, 0, 19);
    expect(breaker.state(wakesNs + 301)).toBe('closed');
  });

  it('was not open before it opened', () => {
    const { breaker } = breakerOf();
    attempts(breaker, 100, 0, 20);
    expect([50, 100, 130].map((nowNs) => breaker.openNs(nowNs))).toEqual([0, 0, 30]);
  });

  it('opens again as the first probe fails, for a whole sleep', () => {
    const { breaker } = breakerOf();
    attempts(breaker, 0, 0, 20);
    const first = breaker.allow(SPEC.sleepNs);
    const second = breaker.allow(SPEC.sleepNs);
    breaker.settled(first, true, 1, SPEC.sleepNs + 10);
    breaker.settled(second, true, 1, SPEC.sleepNs + 20);
    expect(breaker.allow(2 * SPEC.sleepNs + 9)).toBe(REFUSED);
    expect(breaker.allow(2 * SPEC.sleepNs + 10)).not.toBe(REFUSED);
  });

  it('opens again once too many of the probes were slow', () => {
    const { breaker } = breakerOf({ slow: SLOW });
    attempts(breaker, 0, 0, 20);
    const probes = [0, 1, 2].map(() => breaker.allow(SPEC.sleepNs));
    breaker.settled(probes[0] ?? 0, false, SLOW.fromNs + 1, SPEC.sleepNs);
    expect(breaker.state(SPEC.sleepNs)).toBe('half-open');
    breaker.settled(probes[1] ?? 0, false, SLOW.fromNs + 1, SPEC.sleepNs);
    expect(breaker.state(SPEC.sleepNs)).toBe('open');
  });

  it('takes back a probe that came to nothing', () => {
    const { breaker } = breakerOf({ probes: 1 });
    attempts(breaker, 0, 0, 20);
    const probe = breaker.allow(SPEC.sleepNs);
    expect(breaker.allow(SPEC.sleepNs)).toBe(REFUSED);
    breaker.abandoned(probe, SPEC.sleepNs);
    expect(breaker.allow(SPEC.sleepNs)).not.toBe(REFUSED);
  });

  it('takes nothing for a probe that was let go before it opened', () => {
    for (const end of ['failed', 'well', 'abandoned'] as const) {
      const { breaker } = breakerOf({ probes: 1 });
      const old = breaker.allow(0);
      attempts(breaker, 0, 0, 20);
      const probe = breaker.allow(SPEC.sleepNs);
      if (end === 'abandoned') breaker.abandoned(old, SPEC.sleepNs);
      else breaker.settled(old, end === 'failed', SPEC.sleepNs, SPEC.sleepNs);
      expect(breaker.state(SPEC.sleepNs)).toBe('half-open');
      expect(breaker.allow(SPEC.sleepNs)).toBe(REFUSED);
      breaker.settled(probe, false, 1, SPEC.sleepNs);
      expect(breaker.state(SPEC.sleepNs)).toBe('closed');
    }
  });
});
