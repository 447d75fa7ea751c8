import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import type { SparseHistogram } from '../../../src/core/index.ts';
import { RunningSeries } from '../../../src/export/prometheus/running-series.ts';

const slices = fc.array(
  fc.uniqueArray(
    fc.record({ valueNs: fc.integer({ min: 0, max: 60 }), count: fc.integer({ min: 1, max: 9 }) }),
    { selector: ({ valueNs }) => valueNs, maxLength: 20 },
  ),
  { maxLength: 6 },
);

it('merges slices to what all their values would be counted as together, in any order', () => {
  fc.assert(
    fc.property(slices, (parts) => {
      const all = new Map<number, number>();
      for (const { valueNs, count } of parts.flat())
        all.set(valueNs, (all.get(valueNs) ?? 0) + count);
      const wanted = sparse([...all].map(([valueNs, count]) => ({ valueNs, count })));
      for (const order of [parts, parts.toReversed()]) {
        const series = new RunningSeries({});
        for (const part of order) series.add(sparse(part), false);
        expect(series.exact).toEqual(wanted);
        expect(series.samples).toBe(wanted.count.reduce((a, b) => a + b, 0));
      }
    }),
  );
});

function sparse(entries: readonly { valueNs: number; count: number }[]): SparseHistogram {
  const ascending = entries.toSorted((a, b) => a.valueNs - b.valueNs);
  return {
    valueNs: ascending.map(({ valueNs }) => valueNs),
    count: ascending.map(({ count }) => count),
  };
}
