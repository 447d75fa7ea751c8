import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
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
