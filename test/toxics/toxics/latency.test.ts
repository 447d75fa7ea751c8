import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { ChainStand } from '../chain-stand.ts';

function latency(ms: number, jitterMs = 0) {
  return { latencyNs: ms * NS_PER_MS, jitterNs: jitterMs * NS_PER_MS };
}

/** The delay of the first chunk of each of many connections. */
function delaysMs(connections: number, seed = 1): number[] {
  return Array.from({ length: connections }, (_, connection) => {
    const stand = new ChainStand({ connection, seed });
    stand.put('latency', latency(50, 20));
    stand.write('a');
    stand.passMs(100);
    return (stand.out.chunks[0]?.atNs ?? NaN) / NS_PER_MS;
  });
}

describe('latency', () => {
  it('counts from receipt, so that chunks do not queue up delay', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(50));
    stand.write('a');
    stand.passMs(10);
    stand.write('b');
    stand.end();
    stand.passMs(100);
    expect(stand.log).toEqual(['50ms a', '60ms b', '60ms FIN']);
  });

  it('passes an end at once where nothing is held before it', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(50));
    stand.end();
    expect(stand.log).toEqual(['0ms FIN']);
  });

  it('lets go of everything at its removal, the end last', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(1_000));
    stand.write('a');
    stand.passMs(10);
    stand.write('b');
    stand.end();
    expect(stand.chain.heldBytes).toBe(2);
    expect(stand.chain.heldChunks).toBe(2);
    stand.chain.remove('latency');
    stand.passMs(2_000);
    expect(stand.log).toEqual(['10ms a', '10ms b', '10ms FIN']);
  });

  it('keeps order and stays within latency +- jitter, for a chunk that overtakes none', () => {
    const chunkGapsMs = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(chunkGapsMs, fc.integer({ min: 0, max: 2 ** 32 }), (gapsMs, seed) => {
        const stand = new ChainStand({ seed });
        stand.put('latency', latency(50, 20));
        const sentNs = gapsMs.map((gapMs, i) => {
          stand.passMs(gapMs);
          stand.write(`${i};`);
          return stand.clock.nowNs();
        });
        stand.passMs(1_000);
        expect(stand.out.chunks.map(({ text }) => text)).toEqual(gapsMs.map((_, i) => `${i};`));
        stand.out.chunks.forEach(({ atNs }, i) => {
          const delayMs = (atNs - (sentNs[i] ?? NaN)) / NS_PER_MS;
          expect(delayMs).toBeGreaterThanOrEqual(30);
          expect(delayMs).toBeLessThan(70);
        });
      }),
    );
  });

  it('spreads its jitter evenly, alike for the same seed and otherwise for another', () => {
    const sample = delaysMs(2_000);
    const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
    // Mean of uniform [30, 70): 50, standard error 11.5 / sqrt(2000) = 0.26.
    expect(Math.abs(mean - 50)).toBeLessThan(1.3);
    expect(sample.filter((x) => x < 40).length / sample.length).toBeCloseTo(0.25, 1);
    expect(delaysMs(2_000)).toEqual(sample);
    expect(delaysMs(20, 2)).not.toEqual(sample.slice(0, 20));
  });

  it('takes numbers below 0, as Toxiproxy lets them through, for 0', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(-50, -7));
    stand.write('a');
    expect(stand.log).toEqual(['0ms a']);
  });

  it('ramps from nothing to all of its delay', () => {
    const stand = new ChainStand();
    stand.put('latency', latency(100), { rampNs: 1_000 * NS_PER_MS });
    stand.write('a');
    stand.passMs(500);
    stand.write('b');
    stand.passMs(1_500);
    stand.write('c');
    stand.passMs(500);
    expect(stand.log).toEqual(['0ms a', '550ms b', '2100ms c']);
  });
});
