import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

const TIMEOUT = { timeoutNs: 30 * NS_PER_MS };

describe('reset_peer', () => {
  it('waits for the first data, then its time, then resets, and lets nothing through', () => {
    const stand = new ChainStand();
    stand.put('reset_peer', TIMEOUT);
    stand.passMs(100);
    stand.write('a');
    stand.passMs(20);
    stand.write('b');
    stand.passMs(100);
    expect(stand.log).toEqual(['130ms RST']);
  });

  it('takes an end of the stream for the first data', () => {
    const stand = new ChainStand();
    stand.put('reset_peer', TIMEOUT);
    stand.end();
    stand.passMs(100);
    expect(stand.log).toEqual(['30ms RST']);
  });

  it.each([0, -5])('resets at the first data with a timeout of %i', (timeoutNs) => {
    const stand = new ChainStand();
    stand.put('reset_peer', { timeoutNs });
    stand.write('a');
    stand.write('b');
    expect(stand.log).toEqual(['0ms RST']);
  });

  it('gives the connection back whole when it is removed before its time', () => {
    const stand = new ChainStand();
    stand.put('reset_peer', TIMEOUT);
    stand.write('a');
    stand.passMs(20);
    stand.chain.remove('reset_peer');
    stand.write('b');
    stand.passMs(100);
    expect(stand.log).toEqual(['20ms a', '20ms b']);
  });
});
