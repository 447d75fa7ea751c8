import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

const DELAY = { delayNs: 50 * NS_PER_MS };

describe('slow_close', () => {
  it('passes data at once and holds the end', () => {
    const stand = new ChainStand();
    stand.put('slow_close', DELAY);
    stand.write('a');
    stand.passMs(10);
    stand.end();
    stand.passMs(100);
    expect(stand.log).toEqual(['0ms a', '60ms FIN']);
  });

  it('lets the end go at its removal, once', () => {
    const stand = new ChainStand();
    stand.put('slow_close', DELAY);
    stand.end();
    stand.passMs(10);
    stand.chain.remove('slow_close');
    stand.passMs(100);
    expect(stand.log).toEqual(['10ms FIN']);
  });

  it('begins to wait anew where it is changed meanwhile', () => {
    const stand = new ChainStand();
    const active = stand.put('slow_close', DELAY);
    stand.end();
    stand.passMs(20);
    stand.change(active, { delayNs: 5 * NS_PER_MS });
    stand.passMs(100);
    expect(stand.log).toEqual(['25ms FIN']);
  });

  it('takes a delay below 0 for 0', () => {
    const stand = new ChainStand();
    stand.put('slow_close', { delayNs: -1 });
    stand.end();
    expect(stand.log).toEqual(['0ms FIN']);
  });
});
