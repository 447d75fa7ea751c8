import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unseenTail, unseenText } from '../../src/advise/unseen-tail.ts';
import { sampleSize, tailRatioOf } from '../../src/analyze/index.ts';
import { NS_PER_MS, type SparseHistogram } from '../../src/core/index.ts';
import { histogramOf } from '../analyze/memory-source.ts';

const NONE: SparseHistogram = { valueNs: [], count: [] };

/** So many calls of 10 ms; and some that were cut off after so many ms, and so often each. */
function cutAt(n: number, ...cuts: readonly (readonly [ms: number, count: number])[]) {
  return {
    exact: { valueNs: [10 * NS_PER_MS], count: [n] },
    censored: {
      valueNs: cuts.map(([ms]) => ms * NS_PER_MS),
      count: cuts.map(([, count]) => count),
    },
  };
}

describe('what a sample does not show of a timeout', () => {
  it('is nothing where none was given up, or only later than the timeout', () => {
    expect(unseenTail({ ...cutAt(1_000), censored: NONE }, 60 * NS_PER_MS, 99.9)).toBeUndefined();
    expect(unseenTail(cutAt(1_000, [61, 500]), 60 * NS_PER_MS, 99.9)).toBeUndefined();
  });

  it('is nothing where the promise is kept whatever those had become that were given up', () => {
    expect(unseenTail(cutAt(9_990, [20, 9], [80, 1]), 60 * NS_PER_MS, 99.9)).toBeUndefined();
    expect(unseenTail(cutAt(9_989, [20, 10], [80, 1]), 60 * NS_PER_MS, 99.9)).toEqual({
      ...{ attempts: 10, worstRatio: 11 / 10_000 },
    });
  });

  it('is the room above the longest wait, be it ever so few that were given up', () => {
    expect(unseenTail(cutAt(99_999, [50, 1]), 60 * NS_PER_MS, 99.9)).toMatchObject({
      ...{ attempts: 1, waitedNs: 50 * NS_PER_MS },
    });
    const later = { exact: { valueNs: [55 * NS_PER_MS], count: [99_999] } };
    const sample = { ...cutAt(0, [50, 1]), ...later };
    expect(unseenTail(sample, 60 * NS_PER_MS, 99.9)).toBeUndefined();
    expect(unseenTail(cutAt(99_999, [50, 1]), 50 * NS_PER_MS, 99.9)).toBeUndefined();
  });

  it('bounds the share that is cut off, whatever became of those that were given up', () => {
    const ms = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 60 });
    const cuts = fc.array(
      fc.record({ at: fc.integer({ min: 1, max: 100 }), more: fc.integer({ min: 0, max: 100 }) }),
      { maxLength: 20 },
    );
    const percent = fc.constantFrom(50, 90, 99, 99.9);
    fc.assert(
      fc.property(ms, cuts, fc.integer({ min: 1, max: 150 }), percent, (whole, cut, atMs, of) => {
        const sample = {
          exact: histogramOf(whole.map((v) => v * NS_PER_MS)),
          censored: histogramOf(cut.map(({ at }) => at * NS_PER_MS)),
        };
        const timeoutNs = atMs * NS_PER_MS;
        const lasted = [...whole, ...cut.map(({ at, more }) => at + more)];
        const share = lasted.filter((v) => v > atMs).length / lasted.length;
        const unseen = unseenTail(sample, timeoutNs, of);
        expect(sampleSize(sample)).toBe(lasted.length);
        if (unseen !== undefined) expect(share).toBeLessThanOrEqual(unseen.worstRatio);
        // Without cut-off ones the promise is that of the sample, and not of this.
        else if (cut.some(({ at }) => at <= atMs)) {
          expect(share).toBeLessThanOrEqual(tailRatioOf(of));
        }
      }),
    );
  });

  it('is told with its number, the longest wait, and the worst that it may be', () => {
    const timeout = { successPercent: 99.9 };
    const unseen = { attempts: 1, waitedNs: 50 * NS_PER_MS, worstRatio: 0.0001 };
    expect(unseenText(timeout, unseen)).toBe(
      '1 attempt was given up sooner than that, none was waited for beyond 50.0 ms',
    );
    const many = { attempts: 240, worstRatio: 0.02 };
    expect(unseenText(timeout, many)).toBe(
      '240 attempts were given up sooner than that: had they all lasted longer, 2.00% would be cut off',
    );
  });
});
