import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { mergePlans, type HeaderEdit, type RequestPlan } from '../../../src/toxics/index.ts';

const edit: fc.Arbitrary<HeaderEdit> = fc.record({
  remove: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  set: fc.constant({ a: '1' }),
  add: fc.constant({}),
});
const count = fc.nat({ max: 1_000 });
const plan = fc.record(
  {
    delayNs: count,
    abort: fc.constantFrom(
      { kind: 'reset' as const },
      { kind: 'grpc' as const, status: 3, message: '' },
    ),
    requestHeaders: fc.array(edit, { maxLength: 2 }),
    replaceBody: fc.string(),
    truncateAfterBytes: count,
    bodyRates: fc.array(fc.record({ bytesPerSec: count }), { maxLength: 2 }),
    dropTrailers: fc.boolean(),
    cutAfterMessages: count,
  },
  { requiredKeys: [] },
);

describe('what several toxics do to one request', () => {
  it('is the same however they are taken together, in their order', () => {
    fc.assert(
      fc.property(plan, plan, plan, (a, b, c) => {
        const whole = mergePlans([a, b, c]);
        expect(mergePlans([mergePlans([a, b]), c])).toEqual(whole);
        expect(mergePlans([a, mergePlans([b, c])])).toEqual(whole);
        expect(mergePlans([{}, a])).toEqual(a);
      }),
    );
  });

  it('adds delays, takes the first abort, the last body and the strictest limit', () => {
    const reset: RequestPlan = { delayNs: 2, abort: { kind: 'reset' }, truncateAfterBytes: 5 };
    const other: RequestPlan = {
      delayNs: 3,
      abort: { kind: 'grpc', status: 14, message: '' },
      truncateAfterBytes: 9,
      replaceBody: 'x',
    };
    expect(mergePlans([reset, other])).toEqual({
      delayNs: 5,
      abort: { kind: 'reset' },
      truncateAfterBytes: 5,
      replaceBody: 'x',
    });
  });

  it('is nothing without toxics', () => {
    expect(mergePlans([])).toEqual({});
  });
});
