import { describe, expect, it } from 'vitest';
import { parseThreshold } from '../../src/scenario/index.ts';

describe('a threshold on an edge', () => {
  it.each([
    ['orders → payment p(99) < 200ms', ''],
    ['orders->payment p(99)<200ms', ''],
    ['orders -> payment "POST /api/charges" p(99) < 200ms', 'POST /api/charges'],
  ])('is read from %s', (text, operation) => {
    expect(parseThreshold(text)).toEqual({
      text,
      step: '',
      edge: { caller: 'orders', callee: 'payment', operation },
      metric: 'service',
      phase: '',
      aggregate: { kind: 'percentile', percent: 99 },
      operator: '<',
      limit: 200e6,
    });
  });

  it('takes the names that services and addresses have', () => {
    const read = parseThreshold('com.shop.order-service -> 10.0.0.7:5432 max < 1s');
    expect(read).toMatchObject({
      edge: { caller: 'com.shop.order-service', callee: '10.0.0.7:5432', operation: '' },
      aggregate: { kind: 'max' },
    });
  });

  it.each([
    ['-> payment p(99) < 1s', 0, 'nothing stands before ->'],
    ['orders -> p(99) < 1s', 11, 'a time needs avg, min, max, med or p(N), got "(99)"'],
    ['orders → < 1s', 9, 'no service stands behind →'],
    ['orders -> payment.response p(99) < 1s', 17, 'an edge has one time'],
    ['orders -> payment {phase: steady} p(99) < 1s', 19, 'it names no phase'],
    ['orders -> payment "" p(99) < 1s', 18, 'an operation is the name of a span'],
    ['orders -> payment rate < 1%', 18, 'a time needs'],
    ['orders payment p(99) < 1s', 0, 'unknown subject "orders" of a threshold'],
  ])('%s is none, and the place is named', (text, character, message) => {
    const read = parseThreshold(text);
    expect(read).toMatchObject({ character });
    expect('message' in read ? read.message : '').toContain(message);
  });
});
