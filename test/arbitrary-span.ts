import * as fc from 'fast-check';
import { SPAN_KINDS, SPAN_STATUSES, type Attributes, type Span } from '../src/core/index.ts';

/** Texts as they come: empty, long, of every script, without lone surrogates. */
export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ minLength: 100, maxLength: 300 }),
);

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: digits,
    maxLength: digits,
  });

export const attributes: fc.Arbitrary<Attributes> = fc
  .array(fc.tuple(text, text), { maxLength: 6 })
  .map((entries) => Object.fromEntries(entries));

/** A span that began within an hour of the given moment. */
export function arbitrarySpan(nearEpochNs: bigint): fc.Arbitrary<Span> {
  const hourNs = 3_600_000_000_000n;
  const epochNs = fc.bigInt({ min: nearEpochNs - hourNs, max: nearEpochNs + hourNs });
  return fc.record({
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: fc.oneof(fc.constant(''), hex(16)),
    traceState: text,
    name: text,
    kind: fc.constantFrom(...SPAN_KINDS),
    serviceName: text,
    startEpochNs: epochNs,
    durationNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    status: fc.constantFrom(...SPAN_STATUSES),
    statusMessage: text,
    resourceAttributes: attributes,
    attributes,
    scopeName: text,
    scopeVersion: text,
    events: fc.array(fc.record({ epochNs, name: text, attributes }), { maxLength: 3 }),
    links: fc.array(
      fc.record({ traceId: hex(32), spanId: hex(16), traceState: text, attributes }),
      { maxLength: 3 },
    ),
  });
}
