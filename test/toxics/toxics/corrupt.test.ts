import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

const BYTES = 200_000;

/** What comes out of a stream of zeros that is sent in chunks of a size. */
function damaged(told: {
  share: number;
  what?: string;
  chunkBytes?: number;
  seed?: number;
}): Uint8Array {
  const { share, what = 'bit', chunkBytes = 1_000, seed = 1 } = told;
  const stand = new ChainStand({ seed });
  stand.put('corrupt', { share, what });
  for (let at = 0; at < BYTES; at += chunkBytes) stand.write(new Uint8Array(chunkBytes));
  return Buffer.concat(stand.out.bytes);
}

describe('corrupt', () => {
  it('flips one bit in so large a share of the bytes, and keeps their number', () => {
    const came = damaged({ share: 0.01 });
    const hit = came.filter((byte) => byte !== 0);
    expect(came.length).toBe(BYTES);
    // Standard deviation sqrt(200,000 * 0.01 * 0.99) = 44.5.
    expect(Math.abs(hit.length - 2_000)).toBeLessThan(220);
    expect(hit.every((byte) => (byte & (byte - 1)) === 0)).toBe(true);
    expect(new Set(hit).size).toBe(8);
  });

  it('puts any other byte in place of one', () => {
    const hit = damaged({ share: 1, what: 'byte' });
    expect(hit.includes(0)).toBe(false);
    expect(new Set(hit).size).toBe(255);
  });

  it('damages the same bytes whatever the chunks, alike for a seed, otherwise for another', () => {
    const came = damaged({ share: 0.01 });
    expect(damaged({ share: 0.01, chunkBytes: 40 })).toEqual(came);
    expect(damaged({ share: 0.01, seed: 2 })).not.toEqual(came);
  });

  it('leaves the bytes that came as they were, and all of them at 0', () => {
    const stand = new ChainStand();
    const active = stand.put('corrupt', { share: 1, what: 'bit' });
    const sent = Buffer.from('abc');
    stand.write(sent);
    expect(sent.toString()).toBe('abc');
    expect(stand.log).not.toEqual(['0ms abc']);
    stand.change(active, { share: 0, what: 'bit' });
    stand.write('def');
    stand.end();
    expect(stand.log.slice(1)).toEqual(['0ms def', '0ms FIN']);
  });

  it('damages more and more of its share during a ramp', () => {
    const stand = new ChainStand();
    stand.put('corrupt', { share: 1, what: 'byte' }, { rampNs: 1_000 * NS_PER_MS });
    const hits = [0, 500, 500].map((ms) => {
      stand.passMs(ms);
      stand.write(new Uint8Array(10_000));
      return stand.out.bytes.at(-1)?.filter((byte) => byte !== 0).length ?? NaN;
    });
    expect(hits[0]).toBe(0);
    // Standard deviation sqrt(10,000) / 2 = 50.
    expect(Math.abs((hits[1] ?? NaN) - 5_000)).toBeLessThan(250);
    expect(hits[2]).toBe(10_000);
  });
});
