import { describe, expect, it } from 'vitest';
import { NS_PER_MS, VirtualClock } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

const TIMEOUT = { timeoutNs: 50 * NS_PER_MS };

describe('timeout', () => {
  it('drops data and closes when none has come for its time', () => {
    const stand = new ChainStand();
    stand.put('timeout', TIMEOUT);
    stand.write('a');
    stand.passMs(40);
    stand.write('b');
    stand.passMs(40);
    stand.write('c');
    stand.passMs(200);
    expect(stand.log).toEqual(['130ms CLOSE']);
    expect(stand.chain.heldBytes).toBe(0);
  });

  it('closes a connection on which nothing is ever said', () => {
    const stand = new ChainStand();
    stand.put('timeout', TIMEOUT);
    stand.passMs(200);
    expect(stand.log).toEqual(['50ms CLOSE']);
    expect(stand.touched).toEqual(['timeout']);
  });

  it('closes an idle connection also when its window opens later', () => {
    const stand = new ChainStand();
    const window = { fromNs: 20 * NS_PER_MS, forNs: 1_000 * NS_PER_MS };
    stand.put('timeout', TIMEOUT, { trigger: { window } });
    stand.passMs(900);
    expect(stand.log).toEqual(['70ms CLOSE']);
    expect(stand.touched).toEqual(['timeout']);
  });

  it('reaches idle connections one by one during a ramp', () => {
    const clock = new VirtualClock();
    const stands = Array.from({ length: 40 }, (_, connection) => {
      return new ChainStand({ connection, clock });
    });
    const active = stands[0]?.activate('timeout', TIMEOUT, {
      rampNs: 100 * NS_PER_MS,
      toxicity: 0.9,
    });
    for (const stand of stands) if (active) stand.chain.add(active);
    const closed = [50, 50, 50, 50].map((ms) => {
      clock.advance(ms * NS_PER_MS);
      return stands.filter(({ log }) => log.length > 0).length;
    });
    const meant = stands.filter(
      (_, connection) => active?.verdict(connection, 1) === 'works',
    ).length;
    expect(closed[0]).toBe(0);
    expect(closed[1]).toBeGreaterThan(0);
    expect(closed[1]).toBeLessThan(meant);
    expect(closed.slice(2)).toEqual([meant, meant]);
  });

  it('leaves an idle connection alone that its toxic left before the window opened', () => {
    const stand = new ChainStand();
    const window = { fromNs: 20 * NS_PER_MS, forNs: 1_000 * NS_PER_MS };
    stand.put('timeout', TIMEOUT, { trigger: { window } });
    stand.chain.remove('timeout');
    stand.passMs(900);
    expect(stand.log).toEqual([]);
  });

  it('never closes at 0, nor below', () => {
    for (const timeoutNs of [0, -1]) {
      const stand = new ChainStand();
      stand.put('timeout', { timeoutNs });
      stand.write('a');
      stand.end();
      stand.passMs(1_000_000);
      expect(stand.log).toEqual([]);
    }
  });

  it('closes the connection when it is removed', () => {
    const stand = new ChainStand();
    stand.put('timeout', { timeoutNs: 0 });
    stand.write('a');
    stand.passMs(10);
    stand.chain.remove('timeout');
    stand.write('b');
    stand.passMs(100);
    expect(stand.log).toEqual(['10ms CLOSE']);
  });

  it('leaves a connection alone at its removal that it had spared', () => {
    const stand = new ChainStand();
    stand.put('timeout', TIMEOUT, { toxicity: 0 });
    stand.write('a');
    stand.chain.remove('timeout');
    stand.write('b');
    stand.passMs(100);
    expect(stand.log).toEqual(['0ms a', '0ms b']);
  });

  it('starts its time anew, and closes nothing, where it is changed', () => {
    const stand = new ChainStand();
    const active = stand.put('timeout', TIMEOUT);
    stand.passMs(30);
    stand.change(active, { timeoutNs: 100 * NS_PER_MS });
    stand.passMs(500);
    expect(stand.log).toEqual(['130ms CLOSE']);
  });
});
