import { describe, expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock, type Clock } from '../../src/core/index.ts';
import { ActiveToxic, type Toxic, type Trigger } from '../../src/toxics/index.ts';
import { ChainStand } from './chain-stand.ts';

/** Which of so many connections, each on a chain of its own, a toxic takes at their first data. */
function taken(count: number, toxic: Partial<Toxic>, seed = 1): number[] {
  const first = new ChainStand({ seed });
  const active = first.activate('noop', {}, toxic);
  return Array.from({ length: count }, (_, connection) => {
    const stand = new ChainStand({ seed, connection, clock: first.clock });
    stand.chain.add(active);
    stand.write('a');
    return stand.touched.length > 0 ? connection : -1;
  }).filter((connection) => connection >= 0);
}

function onRequests(rest: Partial<Toxic>, seed = 1, clock = new VirtualClock()): ActiveToxic {
  const toxic: Toxic = {
    name: 'abort',
    type: 'http_abort',
    stream: 'downstream',
    toxicity: 1,
    settings: {},
    ...rest,
  };
  return new ActiveToxic(toxic, { seed, proxy: 'payment', clock });
}

describe('a trigger', () => {
  it.each<[string, Trigger, number[]]>([
    ['first', { first: 2 }, [0, 1]],
    ['every', { every: 3 }, [2, 5, 8]],
    ['after', { after: 7 }, [7, 8, 9]],
    ['first of those after', { after: 3, first: 2 }, [3, 4]],
    ['the first of every', { every: 2, first: 2 }, [1, 3]],
    ['the first of every of those after', { every: 3, first: 2, after: 2 }, [4, 7]],
    ['every of those after', { every: 2, after: 3 }, [4, 6, 8]],
  ])('means %s', (_, trigger, expected) => {
    expect(taken(10, { trigger })).toEqual(expected);
  });

  it('counts connections in the order in which their data comes, not in which they were accepted', () => {
    const clock = new VirtualClock();
    const stands = [0, 1, 2].map((connection) => new ChainStand({ connection, clock }));
    const active = stands[0]?.activate('noop', {}, { trigger: { first: 1 } });
    for (const stand of stands) if (active) stand.chain.add(active);
    for (const number of [2, 0, 1, 2]) stands[number]?.write('a');
    expect(stands.map(({ touched }) => touched.length)).toEqual([0, 0, 1]);
  });

  it('lets the toxicity come on top', () => {
    const all = taken(1_000, { toxicity: 0.5 });
    const first = taken(1_000, { toxicity: 0.5, trigger: { first: 100 } });
    expect(first).toEqual(all.filter((connection) => connection < 100));
    expect(first.length).toBeGreaterThan(30);
    expect(first.length).toBeLessThan(70);
  });
});

describe('a window', () => {
  const trigger = { window: { fromNs: 10 * NS_PER_MS, forNs: 20 * NS_PER_MS } };

  it('passes all before it, works in it, releases at its end, passes all after', () => {
    const stand = new ChainStand();
    stand.put('blackhole', {}, { trigger });
    stand.write('a');
    stand.passMs(10);
    stand.write('b');
    stand.passMs(19);
    expect(stand.log).toEqual(['0ms a']);
    stand.passMs(5);
    stand.write('c');
    stand.end();
    expect(stand.log).toEqual(['0ms a', '30ms b', '34ms c', '34ms FIN']);
  });

  it('counts only those that come in it', () => {
    const active = onRequests({ trigger: { ...trigger, first: 1 } });
    expect(active.worksOnRequest(1)).toBe(false);
    const clock = new VirtualClock();
    const counted = onRequests({ trigger: { ...trigger, first: 1 } }, 1, clock);
    counted.worksOnRequest(1);
    clock.advance(15 * NS_PER_MS);
    expect([counted.worksOnRequest(2), counted.worksOnRequest(3)]).toEqual([true, false]);
  });

  it('ends also for connections that come after its proxy was off and on again', () => {
    const stand = new ChainStand();
    const active = stand.put('blackhole', {}, { trigger });
    stand.passMs(10);
    stand.write('a');
    active.end();
    stand.chain.discard();
    const next = new ChainStand({ connection: 1, clock: stand.clock });
    next.chain.add(active);
    next.write('b');
    next.passMs(100);
    expect(next.log).toEqual(['30ms b']);
  });

  it('ends for all where the timer is early, also for those that came in the rest of the time', () => {
    const clock = new VirtualClock();
    const early: Clock = {
      originEpochMs: 0,
      nowNs: () => clock.nowNs(),
      after: (delayNs, fire) => clock.after(Math.max(1, delayNs - NS_PER_MS), fire),
    };
    const toxic = { name: 'b', type: 'blackhole', stream: 'downstream', toxicity: 1 } as const;
    const place = { seed: 1, proxy: 'p', clock: early };
    const active = new ActiveToxic({ ...toxic, settings: {}, trigger }, place);
    const ended: string[] = [];
    clock.advance(10 * NS_PER_MS);
    active.watch({ windowEnded: () => ended.push(`a ${clock.nowNs()}`) });
    clock.advance(19 * NS_PER_MS + NS_PER_MS / 2);
    expect(ended).toEqual([]);
    active.watch({ windowEnded: () => ended.push(`b ${clock.nowNs()}`) });
    clock.advance(5 * NS_PER_MS);
    expect(ended.map((line) => line.slice(0, 1))).toEqual(['a', 'b']);
    expect(ended.every((line) => Number(line.slice(2)) >= 30 * NS_PER_MS)).toBe(true);
  });

  it('has no end once the toxic is off', () => {
    const stand = new ChainStand();
    const active = stand.put('blackhole', {}, { trigger });
    stand.passMs(10);
    stand.write('a');
    active.end();
    stand.passMs(100);
    expect(stand.log).toEqual([]);
  });
});

describe('a ramp', () => {
  it('grows from 0 to 1 from when the window opens', () => {
    const clock = new VirtualClock();
    const window = { fromNs: 100 * NS_PER_MS, forNs: 1_000 * NS_PER_MS };
    const active = onRequests({ rampNs: 200 * NS_PER_MS, trigger: { window } }, 1, clock);
    const strengths = [0, 100, 50, 150, 500].map((ms) => {
      clock.advance(ms * NS_PER_MS);
      return active.strength();
    });
    expect(strengths).toEqual([0, 0, 0.25, 1, 1]);
    expect(onRequests({}).strength()).toBe(1);
  });

  it('takes more and more of the same live connections, and keeps those it has', () => {
    const clock = new VirtualClock();
    const stands = Array.from(
      { length: 400 },
      (_, connection) => new ChainStand({ connection, clock }),
    );
    const active = stands[0]?.activate('noop', {}, { toxicity: 0.8, rampNs: 100 * NS_PER_MS });
    for (const stand of stands) if (active) stand.chain.add(active);
    const takenAt = [0, 50, 50, 900].map((ms) => {
      clock.advance(ms * NS_PER_MS);
      for (const stand of stands) stand.write('a');
      return stands.filter(({ touched }) => touched.length > 0).length;
    });
    expect(takenAt[0]).toBe(0);
    // Standard deviations of the binomial: 9.8 and 8.
    expect(Math.abs((takenAt[1] ?? NaN) - 160)).toBeLessThan(45);
    expect(Math.abs((takenAt[2] ?? NaN) - 320)).toBeLessThan(40);
    expect(takenAt[3]).toBe(takenAt[2]);
    expect(stands.map(({ touched }) => touched.length > 0)).toEqual(
      stands.map(
        (_, connection) => takenAt[2] !== undefined && active?.verdict(connection, 1) === 'works',
      ),
    );
  });
});

describe('requests', () => {
  it('are drawn by their key, whatever the order, alike for the same seed', () => {
    const toxic = { toxicity: 0.3 };
    const keys = Array.from({ length: 4_000 }, (_, i) => `trace-${i}`);
    const faulted = (seed: number, order: readonly string[]): Set<string> => {
      const active = onRequests(toxic, seed);
      return new Set(order.filter((key) => active.worksOnRequest(key)));
    };
    const once = faulted(1, keys);
    expect(faulted(1, keys.toReversed())).toEqual(once);
    expect(faulted(2, keys)).not.toEqual(once);
    // Standard error sqrt(0.3 * 0.7 / 4000) = 0.007.
    expect(Math.abs(once.size / 4_000 - 0.3)).toBeLessThan(0.035);
  });
});

describe('a change', () => {
  it('draws anew whom it works on, the same ones for the same seed', () => {
    const drawn = (): boolean[][] => {
      const active = onRequests({ toxicity: 0.5 });
      const before = Array.from({ length: 200 }, (_, key) => active.worksOnRequest(key));
      active.change({ settings: { status: 503 } });
      expect(active.toxic.settings).toEqual({ status: 503 });
      return [before, Array.from({ length: 200 }, (_, key) => active.worksOnRequest(key))];
    };
    const [before, after] = drawn();
    expect(after).not.toEqual(before);
    expect(drawn()).toEqual([before, after]);
  });
});
