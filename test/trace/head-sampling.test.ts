import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headSampling } from '../../src/trace/index.ts';

describe('head sampling', () => {
  it('keeps all at 1 and none at 0', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (seed, seq) => {
        expect(headSampling(seed, 1)(seq)).toBe(true);
        expect(headSampling(seed, 0)(seq)).toBe(false);
      }),
    );
  });

  it('keeps at a higher ratio what a lower one keeps', () => {
    const ratios = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), ratios, ratios, (seed, seq, a, b) => {
        const kept = headSampling(seed, Math.min(a, b))(seq);
        expect(kept && !headSampling(seed, Math.max(a, b))(seq)).toBe(false);
      }),
    );
  });

  it('keeps the share it was asked for', () => {
    const keep = headSampling(42, 0.01);
    let kept = 0;
    for (let seq = 0; seq < 100_000; seq++) kept += Number(keep(seq));
    // 1000 expected, standard deviation 31.5: five of them.
    expect(Math.abs(kept - 1_000)).toBeLessThan(160);
  });

  it('draws differently for another seed', () => {
    expect(decide(1)).not.toBe(decide(2));
    expect(decide(1)).toBe(decide(1));
  });
});

function decide(seed: number): string {
  return Array.from({ length: 200 }, (_, seq) => Number(headSampling(seed, 0.5)(seq))).join('');
}
