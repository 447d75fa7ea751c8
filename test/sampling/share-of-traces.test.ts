import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rngFrom, sampledRatioOf, spanWeightOf } from '../../src/core/index.ts';
import { ShareOfTraces } from '../../src/sampling/index.ts';

const RANDOM_MAX = 2 ** 48;
const random = fc.integer({ min: 0, max: RANDOM_MAX - 1 });
const ratio = fc.double({ min: 1e-9, max: 1, noNaN: true, minExcluded: true });

/** Evenly spread, each with a chance of its own. */
function randoms(count: number, seed: number): readonly number[] {
  const rng = rngFrom(seed, 'share');
  return Array.from({ length: count }, () => Math.floor(rng.nextFloat() * RANDOM_MAX));
}

describe('a share of traces', () => {
  it('is the same for everybody: those whose random bits are not below the threshold it tells', () => {
    fc.assert(
      fc.property(random, ratio, (bits, part) => {
        const state = new ShareOfTraces(part).stateOf(bits, '');
        expect(new ShareOfTraces(part).stateOf(bits, '')).toBe(state);
        if (state === undefined) return;
        const threshold = 1 - sampledRatioOf(state);
        expect(bits / RANDOM_MAX).toBeGreaterThanOrEqual(threshold);
      }),
    );
  });

  it('has all that a smaller share has', () => {
    fc.assert(
      fc.property(random, ratio, ratio, (bits, one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)];
        const isInSmall = new ShareOfTraces(small).stateOf(bits, '') !== undefined;
        if (isInSmall) expect(new ShareOfTraces(large).stateOf(bits, '')).toBeDefined();
      }),
    );
  });

  it('tells its ratio to 1 in 4,096 or better', () => {
    fc.assert(
      fc.property(ratio, (part) => {
        const state = new ShareOfTraces(part).stateOf(RANDOM_MAX - 1, '');
        const told = sampledRatioOf(state ?? '');
        expect(Math.abs(told / part - 1)).toBeLessThan(1 / 4_096);
      }),
    );
  });

  it.each([1, 0.5, 0.2, 0.05, 0.01])('of %d stands for all of them', (part) => {
    const share = new ShareOfTraces(part);
    const all = randoms(100_000, 5);
    const weights = all.map((bits) => share.stateOf(bits, '')).filter((s) => s !== undefined);
    const sum = weights.reduce((total, state) => total + spanWeightOf(state), 0);
    const deviation = Math.sqrt((all.length * (1 - part)) / part);
    expect(Math.abs(sum - all.length)).toBeLessThanOrEqual(4 * deviation);
  });

  it.each([
    ['ot=th:8', 0.5],
    ['ot=th:e6666;x:y,vendor=1', 0.1],
  ])('of traces of which %s came stands for those that did not come as well', (state, before) => {
    const share = new ShareOfTraces(0.2);
    const all = randoms(200_000, 9);
    const came = all.filter((bits) => bits / RANDOM_MAX >= 1 - sampledRatioOf(state));
    const kept = came.map((bits) => share.stateOf(bits, state)).filter((s) => s !== undefined);
    expect(kept.length / came.length).toBeCloseTo(0.2, 1);
    const sum = kept.reduce((total, next) => total + spanWeightOf(next), 0);
    const part = before * 0.2;
    expect(Math.abs(sum - all.length)).toBeLessThanOrEqual(
      4 * Math.sqrt((all.length * (1 - part)) / part),
    );
  });

  it('goes by the random bits that the trace state names', () => {
    const share = new ShareOfTraces(0.5);
    expect(share.stateOf(0, 'ot=rv:ffffffffffffff')).toBe('ot=th:8;rv:ffffffffffffff');
    expect(share.stateOf(RANDOM_MAX - 1, 'ot=rv:00000000000000')).toBeUndefined();
  });

  it('of all changes nothing', () => {
    const all = new ShareOfTraces(1);
    expect(all.stateOf(0, '')).toBe('');
    expect(all.stateOf(RANDOM_MAX - 1, 'ot=th:8')).toBe('ot=th:8');
  });
});
