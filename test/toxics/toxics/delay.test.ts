import { describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../../src/core/index.ts';
import type { DelaySpec } from '../../../src/toxics/index.ts';
import { ChainStand } from '../chain-stand.ts';

describe('delay', () => {
  it('holds each chunk for a draw of its own and lets none overtake another', () => {
    const delay: DelaySpec = { distribution: 'uniform', fromNs: 0, toNs: 80 * NS_PER_MS };
    const stand = new ChainStand();
    stand.put('delay', { delay });
    for (let i = 0; i < 50; i++) {
      stand.write(`${i};`);
      stand.passMs(5);
    }
    stand.end();
    stand.passMs(500);
    expect(stand.out.chunks.map(({ text }) => text)).toEqual(
      Array.from({ length: 50 }, (_, i) => `${i};`),
    );
    stand.out.chunks.forEach(({ atNs }, i) => {
      expect(atNs).toBeGreaterThanOrEqual(i * 5 * NS_PER_MS);
      expect(atNs).toBeLessThanOrEqual((i * 5 + 80) * NS_PER_MS);
    });
    expect(new Set(stand.out.chunks.map(({ atNs }) => atNs)).size).toBeGreaterThan(10);
    expect(stand.log.at(-1)).toMatch(/FIN$/u);
  });

  it('lets go of all at its removal', () => {
    const stand = new ChainStand();
    stand.put('delay', { delay: { distribution: 'constant', delayNs: NS_PER_MS } });
    stand.write('a');
    stand.chain.remove('delay');
    expect(stand.log).toEqual(['0ms a']);
  });
});
