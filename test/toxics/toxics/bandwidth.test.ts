import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

const KB = 1_000;

function sizes(stand: ChainStand): number[] {
  return stand.out.bytes.map(({ length }) => length);
}

describe('bandwidth', () => {
  it('passes a small chunk when the line has had the time for it, the next after that', () => {
    const stand = new ChainStand();
    stand.put('bandwidth', { rateBytesPerSec: 10 * KB });
    stand.write('a'.repeat(100));
    stand.write('b'.repeat(200));
    stand.end();
    stand.passMs(100);
    expect(stand.out.chunks.map(({ atNs }) => atNs / NS_PER_MS)).toEqual([10, 30]);
    expect(stand.log.at(-1)).toBe('30ms FIN');
  });

  it('cuts what takes longer than 100 ms into pieces of that', () => {
    const stand = new ChainStand();
    stand.put('bandwidth', { rateBytesPerSec: 10 * KB });
    stand.write(new Uint8Array(2_500));
    stand.passMs(199);
    expect(sizes(stand)).toEqual([1_000]);
    stand.passMs(301);
    expect(sizes(stand)).toEqual([1_000, 1_000, 500]);
    expect(stand.out.chunks.at(-1)?.atNs).toBe(250 * NS_PER_MS);
  });

  it('saves no credit while nothing comes', () => {
    const stand = new ChainStand();
    stand.put('bandwidth', { rateBytesPerSec: 10 * KB });
    stand.write(new Uint8Array(10));
    stand.passMs(10_000);
    stand.write(new Uint8Array(100));
    stand.passMs(9);
    expect(sizes(stand)).toEqual([10]);
    stand.passMs(1);
    expect(sizes(stand)).toEqual([10, 100]);
  });

  it.each([0, -5])('lets nothing through at a rate of %i, and loses nothing', (rateBytesPerSec) => {
    const stand = new ChainStand();
    const active = stand.put('bandwidth', { rateBytesPerSec });
    stand.write('abc');
    stand.end();
    stand.passMs(60_000);
    expect(stand.log).toEqual([]);
    expect(stand.chain.heldBytes).toBe(3);
    stand.change(active, { rateBytesPerSec: KB });
    stand.passMs(60_000);
    expect(stand.log).toEqual(['60003ms abc', '60003ms FIN']);
  });

  it('gives no burst for the time before it was told a rate', () => {
    const stand = new ChainStand();
    const active = stand.put('bandwidth', { rateBytesPerSec: 0 });
    stand.write(new Uint8Array(5_000));
    stand.passMs(10_000);
    stand.change(active, { rateBytesPerSec: KB });
    stand.passMs(1_000);
    expect(sizes(stand).reduce((sum, size) => sum + size, 0)).toBe(KB);
  });

  it('lets the rest go at its removal', () => {
    const stand = new ChainStand();
    stand.put('bandwidth', { rateBytesPerSec: 10 * KB });
    stand.write(new Uint8Array(2_500));
    stand.passMs(100);
    stand.chain.remove('bandwidth');
    expect(sizes(stand)).toEqual([1_000, 1_500]);
  });

  it.each([50 * KB, KB * KB, 30 * KB * KB])(
    'has passed 5 s worth of %i B/s after 5 s, though every timer is late',
    (rateBytesPerSec) => {
      const stand = new ChainStand({ lateNs: 13 * NS_PER_MS });
      stand.put('bandwidth', { rateBytesPerSec });
      let leftBytes = rateBytesPerSec * 5;
      while (stand.log.at(-1)?.endsWith('FIN') !== true) {
        // A sender that keeps the line busy: it is read from while less than 1 MB is held.
        while (leftBytes > 0 && stand.chain.heldBytes < KB * KB) {
          const bytes = new Uint8Array(Math.min(32_768, leftBytes));
          leftBytes -= bytes.length;
          stand.write(bytes);
          if (leftBytes === 0) stand.end();
        }
        stand.passMs(1);
      }
      const tookSec = Number.parseFloat(stand.log.at(-1) ?? '') / 1_000;
      expect(tookSec).toBeGreaterThanOrEqual(5);
      expect(tookSec).toBeLessThan(5.014);
    },
  );
});
