import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mergeHistograms } from '../../src/analyze/sparse-histogram.ts';

/** Midpoints of buckets, some of them between two whole numbers, up to hours. */
const value = fc.oneof(
  fc.nat(50).map((halves) => halves / 2),
  fc.nat(5_000).map((step) => step * 4_096),
  fc.integer({ min: 2 ** 40, max: 2 ** 43 }),
);
const histogram = fc
  .uniqueArray(fc.tuple(value, fc.integer({ min: 1, max: 1_000 })), {
    selector: ([at]) => at,
    maxLength: 40,
  })
  .map((pairs) => {
    const sorted = pairs.toSorted(([a], [b]) => a - b);
    return { valueNs: sorted.map(([at]) => at), count: sorted.map(([, n]) => n) };
  });

it('histograms are merged to the counts of all, ascending', () => {
  fc.assert(
    fc.property(fc.array(histogram, { maxLength: 60 }), (histograms) => {
      const counts = new Map<number, number>();
      for (const { valueNs, count } of histograms) {
        for (const [i, at] of valueNs.entries()) {
          counts.set(at, (counts.get(at) ?? 0) + (count[i] ?? 0));
        }
      }
      const expected = [...counts].toSorted(([a], [b]) => a - b);
      expect(mergeHistograms(histograms)).toEqual({
        valueNs: expected.map(([at]) => at),
        count: expected.map(([, n]) => n),
      });
    }),
  );
});

it('many values find room', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => i * 100_003);
  const one = { valueNs: many, count: many.map(() => 1) };
  expect(mergeHistograms([one, one])).toEqual({ valueNs: many, count: many.map(() => 2) });
});
