import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

const STALL = { durationNs: 50 * NS_PER_MS };

describe('stall', () => {
  it('freezes from the first data on, then lets all go in a burst, and does it once', () => {
    const stand = new ChainStand();
    stand.put('stall', STALL);
    stand.passMs(100);
    stand.write('a');
    stand.passMs(30);
    stand.write('b');
    expect(stand.chain.heldBytes).toBe(2);
    stand.passMs(30);
    stand.write('c');
    stand.end();
    expect(stand.log).toEqual(['150ms a', '150ms b', '160ms c', '160ms FIN']);
  });

  it('holds an end too', () => {
    const stand = new ChainStand();
    stand.put('stall', STALL);
    stand.end();
    stand.passMs(100);
    expect(stand.log).toEqual(['50ms FIN']);
  });

  it('lets all go when it is removed', () => {
    const stand = new ChainStand();
    stand.put('stall', STALL);
    stand.write('a');
    stand.passMs(10);
    stand.chain.remove('stall');
    stand.passMs(100);
    expect(stand.log).toEqual(['10ms a']);
  });

  it('counts from where it began when it is changed, and does not begin again', () => {
    const stand = new ChainStand();
    const active = stand.put('stall', STALL);
    stand.write('a');
    stand.passMs(20);
    stand.change(active, { durationNs: 80 * NS_PER_MS });
    stand.passMs(100);
    stand.change(active, STALL);
    stand.write('b');
    expect(stand.log).toEqual(['80ms a', '120ms b']);
  });

  it('works on one direction only', () => {
    const stand = new ChainStand({ direction: 'upstream' });
    stand.put('stall', STALL);
    stand.write('a');
    expect(stand.log).toEqual(['0ms a']);
  });
});
