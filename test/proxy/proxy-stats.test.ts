import { expect, it } from 'vitest';
import { ProxyCounters } from '../../src/proxy/proxy-stats.ts';

it('keeps the counts of the latest toxics that were taken off, and adds up those before', () => {
  const counters = new ProxyCounters();
  counters.touched('stays');
  counters.removed('met nobody');
  for (let i = 0; i < 5_000; i++) {
    counters.touched(`toxic ${i}`);
    counters.removed(`toxic ${i}`);
  }
  // One of the kept ones is back on, and must not be folded away.
  counters.touched('toxic 4900');
  for (let i = 0; i < 200; i++) {
    counters.touched(`later ${i}`);
    counters.removed(`later ${i}`);
  }
  const { affected } = counters.snapshot(0);
  expect(Object.keys(affected)).toHaveLength(103);
  expect(affected).toMatchObject({ stays: 1, 'toxic 4900': 2, 'later 199': 1 });
  const total = Object.values(affected).reduce((sum, count) => sum + count, 0);
  expect(total).toBe(5_202);
});
