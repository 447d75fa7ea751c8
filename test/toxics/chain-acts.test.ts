import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../src/core/index.ts';
import type { SettingValues } from '../../src/toxics/index.ts';
import { ChainStand } from './chain-stand.ts';

const ms = (count: number): number => count * NS_PER_MS;

/** Toxics with settings under which they act on some of what passes, on all of it, or on none. */
const TOXICS: readonly (readonly [string, SettingValues])[] = [
  ['latency', { latencyNs: ms(5), jitterNs: ms(5) }],
  ['latency', { latencyNs: 0, jitterNs: 0 }],
  ['bandwidth', { rateBytesPerSec: 1_000 }],
  ['slicer', { averageBytes: 4, variationBytes: 0, delayNs: 0 }],
  ['limit_data', { bytes: 20 }],
  ['cut', { afterNs: 0, bytes: 20, how: 'reset' }],
  ['cut', { afterNs: ms(8), bytes: 0, how: 'close' }],
  ['corrupt', { share: 0.05, what: 'bit' }],
  ['stall', { durationNs: ms(6) }],
  ['reset_peer', { timeoutNs: ms(9) }],
  ['slow_close', { delayNs: ms(3) }],
  ['timeout', { timeoutNs: 0 }],
  ['blackhole', {}],
  ['noop', {}],
];

describe('a toxic acts', () => {
  it('on just those chunks that do not pass at once and as they came', () => {
    const chunk = fc.record({ bytes: fc.integer({ min: 1, max: 12 }), pauseMs: fc.nat(4) });
    fc.assert(
      fc.property(
        fc.constantFrom(...TOXICS),
        fc.array(chunk, { maxLength: 12 }),
        fc.integer(),
        ([type, settings], chunks, seed) => {
          const stand = new ChainStand({ seed });
          stand.put(type, settings);
          for (const [i, { bytes, pauseMs }] of chunks.entries()) {
            const content = Buffer.alloc(bytes, i + 1);
            const before = stand.out.bytes.length;
            const [acts, passes] = [stand.acts.length, stand.passes.length];
            const wasOver = isOver(stand);
            stand.write(content);
            const came = stand.out.bytes.slice(before);
            const hasPassed = came.some((one) => content.equals(one)) && !isOver(stand);
            const told = { acts: stand.acts.length > acts, passes: stand.passes.length > passes };
            if (!wasOver) expect(told).toEqual({ acts: !hasPassed, passes: hasPassed });
            stand.passMs(pauseMs);
          }
        },
      ),
    );
  });

  it.each<[string, SettingValues, readonly number[]]>([
    ['latency', { latencyNs: ms(5), jitterNs: 0 }, [0, 0, 5, 5]],
    ['slow_close', { delayNs: ms(5) }, [0, 5]],
    ['reset_peer', { timeoutNs: ms(5) }, [0, 0, 5]],
    ['noop', {}, []],
  ])('when %s holds data or the end, and when these go on', (type, settings, actsMs) => {
    const stand = new ChainStand();
    stand.put(type, settings);
    stand.write('a');
    stand.end();
    stand.passMs(10);
    expect(stand.acts).toEqual(actsMs.map((atMs) => `${atMs}ms ${type}`));
  });

  it('when it is taken off and lets go of what it held, and not any more', () => {
    const stand = new ChainStand();
    stand.put('blackhole');
    stand.write('a');
    stand.passMs(3);
    stand.chain.remove('blackhole');
    stand.write('b');
    expect(stand.log).toEqual(['3ms a', '3ms b']);
    expect(stand.acts).toEqual(['0ms blackhole', '3ms blackhole']);
    expect(stand.passes).toEqual(['3ms blackhole']);
  });

  it('before the connection that it resets is gone', () => {
    const stand = new ChainStand();
    stand.put('limit_data', { bytes: 1 });
    stand.write('a');
    expect(stand.log).toEqual(['0ms a', '0ms CLOSE']);
    expect([stand.acts, stand.breaks]).toEqual([['0ms limit_data'], ['0ms limit_data']]);
    expect(stand.passes).toEqual([]);
  });

  it('never on connections that its toxicity spares', () => {
    const marks = Array.from({ length: 200 }, (_, connection) => {
      const stand = new ChainStand({ connection });
      stand.put('latency', { latencyNs: ms(5), jitterNs: 0 }, { toxicity: 0.3 });
      stand.write('a');
      return { held: stand.out.bytes.length === 0, acted: stand.acts.length > 0 };
    });
    expect(marks.filter(({ held, acted }) => held !== acted)).toEqual([]);
    expect(new Set(marks.map(({ acted }) => acted)).size).toBe(2);
  });
});

function isOver({ log }: ChainStand): boolean {
  return log.some((line) => /RST|CLOSE/u.test(line));
}
