import { expect, it } from 'vitest';
import { renderOperations } from '../../../src/report/terminal/operations-table.ts';
import type { OperationTimes } from '../../../src/spans/index.ts';

const CHECKOUT: OperationTimes = {
  serviceName: 'checkout',
  name: 'POST /orders',
  kind: 'Server',
  spanCount: 12_400,
  storedCount: 12_400,
  failedCount: 31,
  p50Ns: 4_200_000,
  p95Ns: 18_000_000,
  p99Ns: 61_000_000,
  maxNs: 2_300_000_000,
};
const MAILER: OperationTimes = {
  ...CHECKOUT,
  serviceName: 'mailer',
  name: 'send a very long receipt to each and every customer of ours',
  kind: 'Consumer',
  ...{
    spanCount: 1,
    storedCount: 1,
    failedCount: 0,
    p50Ns: undefined,
    p95Ns: undefined,
    p99Ns: undefined,
  },
};

it('lists operations with what they are of, and leaves out what a narrow terminal has no room for', () => {
  const wide = renderOperations([CHECKOUT, MAILER], { width: 120, color: false });
  expect(wide).toBe(`2 operations   12,401 spans

service   operation                                         kind       spans  failed      p50      p95      p99  longest
checkout  POST /orders                                      server    12,400   0.25%  4.20 ms  18.0 ms  61.0 ms   2.30 s
mailer    send a very long receipt to each and every customer of ours
                                                            consumer       1      0%        -        -        -   2.30 s
`);
  const narrow = renderOperations([CHECKOUT, MAILER], { width: 60, color: false });
  for (const line of narrow.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  expect(narrow).toContain('checkout');
});

it('has no longest where no span has a duration', () => {
  const timeless = { ...MAILER, name: 'send', maxNs: undefined };
  const [, , , row = ''] = renderOperations([timeless], { width: 120, color: false }).split('\n');
  expect(row).toMatch(/send +consumer +1 +0%( +-){4}$/u);
});

it('says of how many spans it is where a sample of them is stored', () => {
  const sampled = { ...CHECKOUT, storedCount: 651 };
  const [head] = renderOperations([sampled], { width: 80, color: false }).split('\n');
  expect(head).toBe('1 operation   651 spans for 12,400');
});

it('says so where there is none', () => {
  expect(renderOperations([], { width: 80, color: false })).toContain('no span');
});
