import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

function cut(told: { afterMs?: number; bytes?: number; how?: string }) {
  const { afterMs = 0, bytes = 0, how = 'close' } = told;
  return { afterNs: afterMs * NS_PER_MS, bytes, how };
}

describe('cut', () => {
  it('lets data flow until its time, counted from the first of it, then cuts', () => {
    const stand = new ChainStand();
    stand.put('cut', cut({ afterMs: 25 }));
    stand.passMs(100);
    for (let i = 0; i < 4; i++) {
      stand.write(String(i));
      stand.passMs(10);
    }
    expect(stand.log).toEqual(['100ms 0', '110ms 1', '120ms 2', '125ms CLOSE']);
  });

  it('cuts in the midst of a chunk, after exactly so many bytes', () => {
    const stand = new ChainStand();
    stand.put('cut', cut({ bytes: 5, how: 'reset' }));
    stand.write('abc');
    stand.write('defg');
    expect(stand.log).toEqual(['0ms abc', '0ms de', '0ms RST']);
  });

  it('cuts by whatever comes first', () => {
    for (const [bytes, expected] of [
      [2, ['0ms a', '10ms b', '10ms CLOSE']],
      [99, ['0ms a', '10ms b', '15ms CLOSE']],
    ] as const) {
      const stand = new ChainStand();
      stand.put('cut', cut({ afterMs: 15, bytes }));
      stand.write('a');
      stand.passMs(10);
      stand.write('b');
      stand.passMs(10);
      stand.write('c');
      expect(stand.log).toEqual(expected);
    }
  });

  it('cuts at the first data where it is told nothing', () => {
    const stand = new ChainStand();
    stand.put('cut', cut({ how: 'reset' }));
    stand.write('abc');
    expect(stand.log).toEqual(['0ms RST']);
  });

  it('counts on where it is changed', () => {
    const stand = new ChainStand();
    const active = stand.put('cut', cut({ afterMs: 100 }));
    stand.write('abc');
    stand.passMs(10);
    stand.change(active, cut({ afterMs: 30, bytes: 5 }));
    stand.write('d');
    stand.passMs(100);
    expect(stand.log).toEqual(['0ms abc', '10ms d', '30ms CLOSE']);
  });

  it('leaves the connection whole when it is removed before', () => {
    const stand = new ChainStand();
    stand.put('cut', cut({ afterMs: 30 }));
    stand.write('a');
    stand.chain.remove('cut');
    stand.passMs(100);
    stand.write('b');
    expect(stand.log).toEqual(['0ms a', '100ms b']);
  });
});
