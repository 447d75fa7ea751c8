import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_US } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

function slicer(averageBytes: number, variationBytes: number, delayUs = 0) {
  return { averageBytes, variationBytes, delayNs: delayUs * NS_PER_US };
}

describe('slicer', () => {
  it('gives the same bytes in pieces of about the size told', () => {
    const sent = Buffer.alloc(64 * 1024, 'sequence of bytes ');
    const stand = new ChainStand();
    stand.put('slicer', slicer(1_024, 512));
    stand.write(sent);
    stand.end();
    expect(Buffer.concat(stand.out.bytes).equals(sent)).toBe(true);
    const sizes = stand.out.bytes.map(({ length }) => length);
    // Halving ends at average + variation at the most, and cuts nothing smaller than that.
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_536);
    expect(sizes.length).toBeGreaterThan((64 * 1024) / 1_536);
    expect(sizes.length).toBeLessThan((64 * 1024) / 256);
    expect(new Set(sizes).size).toBeGreaterThan(5);
    expect(stand.log.at(-1)).toBe('0ms FIN');
  });

  it('pauses after each piece, also before the next chunk', () => {
    const stand = new ChainStand();
    stand.put('slicer', slicer(2, 0, 10_000));
    stand.write('abcd');
    stand.write('ef');
    stand.end();
    stand.passMs(100);
    expect(stand.log).toEqual(['0ms ab', '10ms cd', '20ms ef', '20ms FIN']);
  });

  it('lets the rest of a chunk go whole at its removal', () => {
    const stand = new ChainStand();
    stand.put('slicer', slicer(2, 0, 10_000));
    stand.write('abcdefgh');
    stand.passMs(10);
    expect(stand.chain.heldBytes).toBe(4);
    stand.chain.remove('slicer');
    expect(stand.log).toEqual(['0ms ab', '10ms cd', '10ms efgh']);
  });

  it('cuts into bytes where it is told nothing, and never into nothing', () => {
    const stand = new ChainStand();
    stand.put('slicer', slicer(0, 0));
    stand.write('abc');
    expect(stand.log).toEqual(['0ms a', '0ms b', '0ms c']);
  });

  it('holds whatever it is told, numbers below 0 too', () => {
    const size = fc.integer({ min: -1_000, max: 1_000 });
    fc.assert(
      fc.property(
        size,
        size,
        size,
        fc.string({ maxLength: 500 }),
        (average, variation, us, text) => {
          const stand = new ChainStand();
          stand.put('slicer', slicer(average, variation, us));
          stand.write(text);
          stand.end();
          stand.clock.advance(1_000 * NS_PER_MS);
          expect(Buffer.concat(stand.out.bytes).toString()).toBe(text.toWellFormed());
          expect(stand.log.at(-1)).toMatch(/FIN$/u);
        },
      ),
    );
  });
});
