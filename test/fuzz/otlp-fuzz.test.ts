import { expect, it } from 'vitest';
import { HarnessError } from '../../src/core/index.ts';
import { decodeJson } from '../../src/ingest/otlp-json.ts';
import { decodeProtobuf } from '../ingest/decode.ts';
import { Refusal } from '../../src/ingest/refusal.ts';
import { attribute, request, SPAN_ID, TRACE_ID } from '../ingest/one-span-request.ts';
import { jsonBody, protobufBody, type JsonRequest } from '../ingest/otlp-messages.ts';
import { JSON_MARKS } from './corpora.ts';
import { bytesOf, fuzzCount, FUZZ_SEED, holdBounds } from './hold-bounds.ts';
import { mutated, type Mutations } from './mutation.ts';

const COUNT = fuzzCount(1_000);
const OPTIONS = { maxItems: 10_000 };

const SMALL = request({});
const LARGE = request(
  {
    parentSpanId: SPAN_ID,
    traceState: 'a=b',
    kind: 2,
    startTimeUnixNano: '1763683200000000001',
    endTimeUnixNano: '1763683200000000009',
    attributes: [
      attribute('http.request.method', { stringValue: 'GET' }),
      attribute('list', { arrayValue: { values: [{ intValue: '1' }, { boolValue: true }] } }),
      attribute('map', { kvlistValue: { values: [attribute('x', { doubleValue: 1.5 })] } }),
    ],
    events: [{ timeUnixNano: '1763683200000000005', name: 'exception', attributes: [] }],
    links: [{ traceId: TRACE_ID, spanId: SPAN_ID, traceState: 'c=d', attributes: [] }],
    status: { code: 2, message: 'went wrong' },
  },
  { attributes: [attribute('service.name', { stringValue: 'orders' })] },
);

const textOf = (body: Uint8Array): string => Buffer.from(body).toString('latin1');
const corpusOf = (bodyOf: (json: JsonRequest) => Uint8Array): readonly [string, string] => [
  textOf(bodyOf(SMALL)),
  textOf(bodyOf(LARGE)),
];
const JSON_BODY: Mutations = {
  corpus: corpusOf(jsonBody),
  tokens: [...JSON_MARKS, '{}', '[]', '{},', 'null', '1e999', '"values":['],
};
/** Keys of fields of every wire type, lengths that promise more than there is, and groups. */
const PROTOBUF_BODY: Mutations = {
  corpus: corpusOf(protobufBody),
  tokens: [
    '\x0a',
    '\x12',
    '\x0a\x00',
    '\x12\xff\xff\xff\xff\x0f',
    '\x08',
    '\x09',
    '\x0d',
    '\x0b',
    '\x0c',
    '\x80',
  ],
};

it.each([
  ['JSON', JSON_BODY, decodeJson],
  ['protobuf', PROTOBUF_BODY, decodeProtobuf],
] as const)(
  `reads or refuses ${COUNT} damaged export requests in %s (seed ${FUZZ_SEED})`,
  { timeout: 240_000 + COUNT * 10 },
  async (name, mutations, decode) => {
    const { read, refused } = await holdBounds(COUNT, {
      name: `OTLP in ${name}`,
      make: (draw) => mutated(mutations, draw),
      read: (input) => {
        try {
          return decode(bytesOf(input), OPTIONS);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          throw new HarnessError('USAGE_INVALID', error.message, { hint: '' });
        }
      },
    });
    expect(read).toBeGreaterThan(COUNT / 50);
    expect(refused).toBeGreaterThan(COUNT / 50);
  },
);
