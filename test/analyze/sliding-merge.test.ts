import fc from 'fast-check';
import { expect, it } from 'vitest';
import { slidingMerge } from '../../src/analyze/sliding-merge.ts';
import { mergeHistograms } from '../../src/analyze/sparse-histogram.ts';

const histogram = fc
  .uniqueArray(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 9 })), {
    selector: ([at]) => at,
    maxLength: 8,
  })
  .map((pairs) => {
    const sorted = pairs.toSorted(([a], [b]) => a - b);
    return { valueNs: sorted.map(([at]) => at), count: sorted.map(([, n]) => n) };
  });

it('a merge that goes on from the last one gives what a merge of its own gives', () => {
  const sets = fc.array(fc.tuple(fc.constantFrom('exact', 'cut off'), fc.array(fc.nat(19))), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(fc.array(histogram, { minLength: 20, maxLength: 20 }), sets, (seconds, wanted) => {
      const merge = slidingMerge();
      for (const [name, chosen] of wanted) {
        const own = chosen.flatMap((index) => seconds[index] ?? []);
        expect(merge(own, name)).toEqual(mergeHistograms(own));
      }
    }),
  );
});
