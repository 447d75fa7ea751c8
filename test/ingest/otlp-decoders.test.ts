import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJson } from '../../src/ingest/otlp-json.ts';
import { decodeProtobuf } from '../../src/ingest/otlp-protobuf.ts';
import { Refusal } from '../../src/ingest/refusal.ts';
import type { TraceExport } from '../../src/ingest/trace-export.ts';
import { jsonBody, protobufBody, type JsonRequest } from './otlp-messages.ts';
import { requests } from './otlp-request.ts';

const MAX_ITEMS = 10_000;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

const forms = [
  ['protobuf', (json: JsonRequest) => decodeProtobuf(protobufBody(json), MAX_ITEMS)],
  ['JSON', (json: JsonRequest) => decodeJson(jsonBody(json), MAX_ITEMS)],
] as const;

function request(span: object, resource: object = {}): JsonRequest {
  return {
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            scope: { name: 'http', version: '1.2.3' },
            spans: [{ traceId: TRACE_ID, spanId: SPAN_ID, name: 'GET /', ...span }],
          },
        ],
      },
    ],
  };
}

function attribute(key: string, value: object): object {
  return { key, value };
}

describe.each(forms)('a trace export in %s', (_, decode) => {
  it('becomes spans', () => {
    const { spans, rejectedSpans } = decode(
      request(
        {
          parentSpanId: '00f067aa0ba902b7',
          traceState: 'a=b',
          kind: 2,
          startTimeUnixNano: '1763683200000000001',
          endTimeUnixNano: '1763683200000000009',
          attributes: [attribute('http.request.method', { stringValue: 'GET' })],
          events: [
            {
              timeUnixNano: '1763683200000000005',
              name: 'exception',
              attributes: [attribute('n', { intValue: '1' })],
            },
          ],
          links: [
            {
              traceId: TRACE_ID,
              spanId: SPAN_ID,
              traceState: 'c=d',
              attributes: [attribute('why', { stringValue: 'batch' })],
            },
          ],
          status: { code: 2, message: 'went wrong' },
        },
        { attributes: [attribute('service.name', { stringValue: 'orders' })] },
      ),
    );
    expect(rejectedSpans).toBe(0);
    expect(spans).toEqual([
      {
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        parentSpanId: '00f067aa0ba902b7',
        traceState: 'a=b',
        name: 'GET /',
        kind: 'Server',
        serviceName: 'orders',
        startEpochNs: 1763683200000000001n,
        durationNs: 8n,
        status: 'Error',
        statusMessage: 'went wrong',
        resourceAttributes: { 'service.name': 'orders' },
        attributes: { 'http.request.method': 'GET' },
        scopeName: 'http',
        scopeVersion: '1.2.3',
        events: [{ epochNs: 1763683200000000005n, name: 'exception', attributes: { n: '1' } }],
        links: [
          { traceId: TRACE_ID, spanId: SPAN_ID, traceState: 'c=d', attributes: { why: 'batch' } },
        ],
      },
    ]);
  });

  it.each([
    ['text', { stringValue: 'a "b"' }, 'a "b"'],
    ['a whole number', { intValue: '-42' }, '-42'],
    ['a whole number past 2^53', { intValue: '9223372036854775807' }, '9223372036854775807'],
    ['a number', { doubleValue: 0.1 }, '0.1'],
    ['a boolean', { boolValue: false }, 'false'],
    ['bytes', { bytesValue: 'AP+A' }, 'AP+A'],
    ['nothing', {}, ''],
    [
      'a list',
      {
        arrayValue: {
          values: [
            { stringValue: 'a"' },
            { intValue: '9007199254740993' },
            { doubleValue: 1.5 },
            {},
            { bytesValue: 'AP+A' },
          ],
        },
      },
      '["a\\"",9007199254740993,1.5,null,"AP+A"]',
    ],
    [
      'a map',
      { kvlistValue: { values: [{ key: 'k"', value: { arrayValue: { values: [] } } }] } },
      '{"k\\"":[]}',
    ],
  ])('stores %s as text', (__, value, text) => {
    const { spans } = decode(request({ attributes: [{ key: 'k', value }] }));
    expect(spans[0]?.attributes).toEqual({ k: text });
  });

  it('keeps an attribute that is named like a property of objects', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty'];
    const { spans } = decode(
      request({ attributes: names.map((key) => ({ key, value: { stringValue: key } })) }),
    );
    expect(Object.entries(spans[0]?.attributes ?? {})).toEqual(names.map((key) => [key, key]));
  });

  it('takes an empty request, and groups with nothing in them', () => {
    expect(decode({}).spans).toEqual([]);
    expect(decode({ resourceSpans: [{}, { scopeSpans: [{}] }] }).spans).toEqual([]);
  });

  it('names a service that does not name itself', () => {
    expect(decode(request({})).spans[0]?.serviceName).toBe('unknown_service');
  });

  it('takes an all-zero parent for none', () => {
    expect(decode(request({ parentSpanId: '0'.repeat(16) })).spans[0]?.parentSpanId).toBe('');
  });

  it('takes kinds and statuses of a later version for unknown ones', () => {
    const { spans } = decode(request({ kind: 77, status: { code: 9 } }));
    expect(spans[0]).toMatchObject({ kind: 'Unspecified', status: 'Unset' });
  });

  it('makes no time up where a span ends before it starts', () => {
    const { spans } = decode(request({ startTimeUnixNano: '9', endTimeUnixNano: '8' }));
    expect(spans[0]).toMatchObject({ startEpochNs: 9n, durationNs: 0n });
  });

  it.each([
    ['an all-zero trace id', { traceId: '0'.repeat(32) }, /trace id '0{32}' is not 16 bytes/u],
    ['a short trace id', { traceId: 'abcd' }, /trace id 'abcd'/u],
    ['no trace id', { traceId: '' }, /trace id '' is not 16 bytes/u],
    ['an all-zero span id', { spanId: '0'.repeat(16) }, /span id '0{16}' is not 8 bytes/u],
    ['a long parent id', { parentSpanId: 'ab'.repeat(16) }, /parent span id/u],
    ['a time that no store holds', { endTimeUnixNano: '9223372036854775808' }, /year 2262/u],
    ['such a time in an event', { events: [{ timeUnixNano: `${2n ** 64n - 1n}` }] }, /year 2262/u],
  ])('rejects a span with %s, and takes the others', (__, span, message) => {
    const bad = request(span);
    const good = request({});
    const taken = decode({
      resourceSpans: [...(bad.resourceSpans ?? []), ...(good.resourceSpans ?? [])],
    });
    expect(taken.rejectedSpans).toBe(1);
    expect(taken.rejection).toMatch(message);
    expect(taken.spans).toHaveLength(1);
  });

  it('quotes no more than a little of a bad span', () => {
    const taken = decode(request({ traceId: 'ab'.repeat(50_000), name: 'x'.repeat(50_000) }));
    expect(taken.rejection.length).toBeLessThan(300);
  });

  it('refuses values nested without end', () => {
    let value: object = {};
    for (let i = 0; i < 30; i++) value = { arrayValue: { values: [value] } };
    expect(decode(request({ attributes: [{ key: 'k', value }] })).spans).toHaveLength(1);
    for (let i = 0; i < 10; i++) value = { arrayValue: { values: [value] } };
    expect(() => decode(request({ attributes: [{ key: 'k', value }] }))).toThrow(/nested deeper/u);
  });

  it('refuses more items than the limit', () => {
    const span = { traceId: TRACE_ID, spanId: SPAN_ID };
    const many = {
      resourceSpans: [
        { scopeSpans: [{ spans: Array.from({ length: MAX_ITEMS + 1 }, () => span) }] },
      ],
    };
    expect(() => decode(many)).toThrow(expect.objectContaining({ status: 413 }));
    const events = Array.from({ length: MAX_ITEMS }, () => ({}));
    expect(() => decode(request({ events }))).toThrow(expect.objectContaining({ status: 413 }));
  });
});

describe('both forms', () => {
  it('give the same spans for the same request', () => {
    fc.assert(
      fc.property(requests, (any) => {
        const fromProtobuf = decodeProtobuf(protobufBody(any), MAX_ITEMS);
        expect(decodeJson(jsonBody(any), MAX_ITEMS)).toEqual(fromProtobuf);
      }),
      { numRuns: 300 },
    );
  });

  it('end a mutilated body in spans or in a refusal, never in another error', () => {
    const mutations = fc.array(
      fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'insert') }),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(requests, mutations, (any, changes) => {
        const mutilate = (body: Buffer): Buffer =>
          changes.reduce((bytes: Buffer, { at, byte, kind }) => {
            const place = at % (bytes.length + 1);
            const rest = bytes.subarray(kind === 'set' ? place + 1 : place);
            if (kind === 'cut') return bytes.subarray(0, place);
            return Buffer.concat([bytes.subarray(0, place), Buffer.of(byte), rest]);
          }, body);
        survives(() => decodeProtobuf(mutilate(protobufBody(any)), MAX_ITEMS));
        survives(() => decodeJson(mutilate(jsonBody(any)), MAX_ITEMS));
      }),
      { numRuns: 2_000 },
    );
  });

  it('end random bytes in a refusal or in nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        survives(() => decodeProtobuf(Buffer.from(bytes), MAX_ITEMS));
        survives(() => decodeJson(Buffer.from(bytes), MAX_ITEMS));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('protobuf', () => {
  it('may hold its fields in any order', () => {
    const whole = protobufBody(
      request({}, { attributes: [attribute('service.name', { stringValue: 'late' })] }),
    );
    const [resourceSpans] = fieldsOf(whole);
    const fields = fieldsOf(resourceSpans?.payload ?? Buffer.alloc(0));
    const reversed = Buffer.concat(fields.toReversed().map((item) => item.bytes));
    const body = Buffer.concat([
      Buffer.of(0x0a, 0x80 | (reversed.length & 127), reversed.length >> 7),
      reversed,
    ]);
    expect(decodeProtobuf(body, MAX_ITEMS).spans).toMatchObject([{ serviceName: 'late' }]);
  });

  it('may hold fields of a later version', () => {
    const unknown = Buffer.of(0xfa, 0x06, 0x02, 0x68, 0x69, 0xf8, 0x06, 0x05); // 111: 'hi', 5
    const taken = decodeProtobuf(Buffer.concat([unknown, protobufBody(request({})), unknown]), 100);
    expect(taken.spans).toHaveLength(1);
  });

  it('is refused where a message ends beyond its parent', () => {
    expect(() => decodeProtobuf(Buffer.of(0x0a, 0x05, 0x0a, 0x7f, 0, 0, 0), 100)).toThrow(
      /no protobuf trace export/u,
    );
  });

  it('of millions of empty messages is refused before it fills the memory', () => {
    const body = Buffer.alloc(2_000_000, Buffer.of(0x0a, 0x00));
    expect(() => decodeProtobuf(body, MAX_ITEMS)).toThrow(expect.objectContaining({ status: 413 }));
  });
});

describe('JSON', () => {
  it('may hold ids in upper case, numbers for 64 bits, enums by name, nulls and unknown fields', () => {
    const { spans } = decodeJson(
      jsonBody(
        request({
          traceId: TRACE_ID.toUpperCase(),
          spanId: SPAN_ID.toUpperCase(),
          kind: 'SPAN_KIND_CLIENT',
          status: { code: 'STATUS_CODE_OK', message: null },
          startTimeUnixNano: 5,
          endTimeUnixNano: 7,
          attributes: [
            { key: 'i', value: { intValue: 3 } },
            { key: 'd', value: { doubleValue: 'NaN' } },
          ],
          events: null,
          fromTheFuture: { a: [1] },
        }),
      ),
      MAX_ITEMS,
    );
    expect(spans).toMatchObject([
      {
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        kind: 'Client',
        status: 'Ok',
        startEpochNs: 5n,
        durationNs: 2n,
        attributes: { i: '3', d: 'NaN' },
      },
    ]);
  });

  it.each([
    ['no JSON', '{"resourceSpans":[', /the body is no JSON/u],
    ['an array', '[]', /the body must be an object, got an array/u],
    ['null', 'null', /the body must be an object, got null/u],
    ['a group of another type', '{"resourceSpans":{}}', /resourceSpans must be an array/u],
    [
      'a name of another type',
      JSON.stringify(request({ name: 5 })),
      /resourceSpans\[\]\.scopeSpans\[\]\.spans\[\]\.name must be text, got 5/u,
    ],
    [
      'a time below 0',
      JSON.stringify(request({ startTimeUnixNano: -1 })),
      /startTimeUnixNano must be a whole number >= 0/u,
    ],
    [
      'a time that is no whole number',
      JSON.stringify(request({ startTimeUnixNano: '1e3' })),
      /startTimeUnixNano must be a whole number/u,
    ],
    [
      'bytes that are not base64',
      JSON.stringify(request({ attributes: [{ key: 'k', value: { bytesValue: '*' } }] })),
      /bytesValue must be bytes in base64/u,
    ],
  ])('is refused as %s', (_, text, message) => {
    const decode = (): TraceExport => decodeJson(Buffer.from(text), MAX_ITEMS);
    expect(decode).toThrow(message);
    expect(decode).toThrow(expect.objectContaining({ status: 400 }));
  });

  it('text of half a surrogate pair becomes text that can be stored', () => {
    const body = Buffer.from(JSON.stringify(request({ name: 'a\ud800b' })));
    expect(decodeJson(body, MAX_ITEMS).spans[0]?.name).toBe('a\ufffdb');
  });
});

function survives(decode: () => TraceExport): void {
  try {
    decode();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
  }
}

interface WireField {
  readonly bytes: Buffer;
  readonly payload: Buffer;
}

/** Splits a message of length-delimited fields, each shorter than 2^14 bytes. */
function fieldsOf(message: Buffer): WireField[] {
  const fields: WireField[] = [];
  for (let at = 0; at < message.length;) {
    const first = message[at + 1] ?? 0;
    const start = at + (first < 128 ? 2 : 3);
    const length = first < 128 ? first : (first & 127) | ((message[at + 2] ?? 0) << 7);
    const end = start + length;
    fields.push({ bytes: message.subarray(at, end), payload: message.subarray(start, end) });
    at = end;
  }
  return fields;
}
