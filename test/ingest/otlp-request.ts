import * as fc from 'fast-check';
import type { JsonRequest } from './otlp-messages.ts';

const hex = (length: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`, 'u')).filter((id) => /[^0]/u.test(id));
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const epochNs = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
    fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    fc.record({
      bytesValue: fc.uint8Array({ maxLength: 9 }).map((b) => Buffer.from(b).toString('base64')),
    }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key: text, value: tie('value') }), { maxLength: 3 }),
      }),
    }),
  ),
}));

const attributes = fc.array(fc.record({ key: text, value }), { maxLength: 4 });
const span = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: fc.oneof(hex(16), fc.constant('')),
  traceState: text,
  name: text,
  kind: fc.integer({ min: 0, max: 9 }),
  startTimeUnixNano: epochNs,
  endTimeUnixNano: epochNs,
  attributes,
  droppedAttributesCount: fc.nat(5),
  events: fc.array(fc.record({ timeUnixNano: epochNs, name: text, attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ traceId: hex(32), spanId: hex(16), traceState: text, attributes }), {
    maxLength: 2,
  }),
  status: fc.record({ code: fc.integer({ min: 0, max: 4 }), message: text }),
  flags: fc.nat(1_023),
});

/** Export requests of every shape that a decoder has to take, in OTLP's JSON form. */
export const requests: fc.Arbitrary<JsonRequest> = fc.record({
  resourceSpans: fc.array(
    fc.record(
      {
        resource: fc.record({ attributes }),
        scopeSpans: fc.array(
          fc.record(
            {
              scope: fc.record({ name: text, version: text, attributes }),
              spans: fc.array(span, { maxLength: 3 }),
              schemaUrl: text,
            },
            { requiredKeys: ['spans'] },
          ),
          { maxLength: 2 },
        ),
        schemaUrl: text,
      },
      { requiredKeys: ['scopeSpans'] },
    ),
    { maxLength: 2 },
  ),
});
