import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/ingest/refusal.ts';
import type { StartCheck } from '../../src/ingest/trace-export.ts';
import { decodeJson, decodeProtobuf, type DecodedSpans } from './decode.ts';
import { jsonBody, protobufBody, type JsonRequest } from './otlp-messages.ts';
import { requests } from './otlp-request.ts';
import { attribute, request, SPAN_ID, TRACE_ID } from './one-span-request.ts';

const MAX_ITEMS = 10_000;
const OPTIONS = { maxItems: MAX_ITEMS };

const forms = [
  [
    'protobuf',
    (json: JsonRequest, rejectionOf?: StartCheck) =>
      decodeProtobuf(protobufBody(json), { maxItems: MAX_ITEMS, rejectionOf }),
  ],
  [
    'JSON',
    (json: JsonRequest, rejectionOf?: StartCheck) =>
      decodeJson(jsonBody(json), { maxItems: MAX_ITEMS, rejectionOf }),
  ],
] as const;

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

  it('stores whole numbers of any length on the wire as text', () => {
    const numbers = [0, 127, 128, 16_383, 16_384, 2 ** 21, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 35];
    const attributes = numbers.map((n) => ({ key: `k${n}`, value: { intValue: String(n) } }));
    const { spans } = decode(request({ attributes }));
    expect(Object.values(spans[0]?.attributes ?? {})).toEqual(numbers.map(String));
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

  it('keeps an end before the start, as a negative duration', () => {
    const taken = decode(request({ startTimeUnixNano: '9', endTimeUnixNano: '8' }));
    expect(taken.spans[0]).toMatchObject({ startEpochNs: 9n, durationNs: -1n });
    expect(taken.message).toMatch(/span 'GET \/' ends before it begins/u);
    expect(decode(request({ startTimeUnixNano: '9' })).message).toMatch(/has no end time/u);
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
      resourceSpans: [...bad.resourceSpans, ...good.resourceSpans],
    });
    expect(taken.rejectedSpans).toBe(1);
    expect(taken.rejection).toMatch(message);
    expect(taken.spans).toHaveLength(1);
  });

  it('quotes no more than a little of a bad span', () => {
    const taken = decode(request({ traceId: 'ab'.repeat(50_000), name: 'x'.repeat(50_000) }));
    expect(taken.rejection.length).toBeLessThan(300);
  });

  it('cuts values that are nested without end, and says so', () => {
    let value: object = { stringValue: 'deep' };
    for (let i = 0; i < 30; i++) value = { arrayValue: { values: [value] } };
    const within = decode(request({ attributes: [{ key: 'k', value }] }));
    expect(within.spans[0]?.attributes['k']).toBe(`${'['.repeat(30)}"deep"${']'.repeat(30)}`);
    expect(within.remarks).toBe(0);
    for (let i = 0; i < 10; i++) value = { arrayValue: { values: [value] } };
    const beyond = decode(request({ attributes: [{ key: 'k', value }] }));
    expect(beyond.spans[0]?.attributes['k']).toBe(`${'['.repeat(33)}null${']'.repeat(33)}`);
    expect(beyond.message).toMatch(/^taken as it is: .*nested deeper than 32 levels, cut there$/u);
  });

  it('rejects a span that the store cannot hold, and says what the store says', () => {
    const taken = decode(request({}), (startEpochNs) =>
      startEpochNs === 0n ? 'it is old' : undefined,
    );
    expect(taken).toMatchObject({ rejectedSpans: 1, message: "span 'GET /': it is old" });
    expect(taken.spans).toEqual([]);
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
        const fromProtobuf = decodeProtobuf(protobufBody(any), OPTIONS);
        expect(decodeJson(jsonBody(any), OPTIONS)).toEqual(fromProtobuf);
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
        survives(() => decodeProtobuf(mutilate(protobufBody(any)), OPTIONS));
        survives(() => decodeJson(mutilate(jsonBody(any)), OPTIONS));
      }),
      { numRuns: 2_000 },
    );
  });

  it('end random bytes in a refusal or in nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        survives(() => decodeProtobuf(Buffer.from(bytes), OPTIONS));
        survives(() => decodeJson(Buffer.from(bytes), OPTIONS));
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
    expect(decodeProtobuf(body, OPTIONS).spans).toMatchObject([{ serviceName: 'late' }]);
  });

  it('may hold its spans in the field of 2022, and they count once where both are there', () => {
    const groupsOf = (body: Buffer): Buffer => fieldsOf(body)[0]?.payload ?? Buffer.alloc(0);
    const scopeSpans = fieldsOf(groupsOf(protobufBody(request({}))))[1]?.payload ?? Buffer.alloc(0);
    const old = Buffer.concat([Buffer.of(0xc2, 0x3e, scopeSpans.length), scopeSpans]);
    const now = Buffer.concat([Buffer.of(0x12, scopeSpans.length), scopeSpans]);
    const decode = (group: Buffer): number =>
      decodeProtobuf(Buffer.concat([Buffer.of(0x0a, group.length), group]), OPTIONS).spans.length;
    expect(decode(old)).toBe(1);
    expect(decode(Buffer.concat([now, old]))).toBe(1);
  });

  it('rejects a span whose bytes make no sense, and takes the others', () => {
    const whole = protobufBody({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: ['one', 'two', 'six'].map((name) => ({
                traceId: TRACE_ID,
                spanId: SPAN_ID,
                name,
              })),
            },
          ],
        },
      ],
    });
    // The length of the name now reaches beyond its span.
    whole[whole.indexOf('two') - 1] = 0x7f;
    const taken = decodeProtobuf(whole, OPTIONS);
    expect(taken.spans.map(({ name }) => name)).toEqual(['one', 'six']);
    expect(taken).toMatchObject({ rejectedSpans: 1 });
    expect(taken.message).toMatch(/^span '.*': its bytes cannot be read/u);
  });

  it('may hold fields of a later version', () => {
    const unknown = Buffer.of(0xfa, 0x06, 0x02, 0x68, 0x69, 0xf8, 0x06, 0x05); // 111: 'hi', 5
    const taken = decodeProtobuf(
      Buffer.concat([unknown, protobufBody(request({})), unknown]),
      OPTIONS,
    );
    expect(taken.spans).toHaveLength(1);
  });

  it('is refused where a message ends beyond its parent', () => {
    expect(() => decodeProtobuf(Buffer.of(0x0a, 0x05, 0x0a, 0x7f, 0, 0, 0), OPTIONS)).toThrow(
      /no protobuf trace export/u,
    );
  });

  it('of millions of empty messages is refused before it fills the memory', () => {
    const body = Buffer.alloc(2_000_000, Buffer.of(0x0a, 0x00));
    expect(() => decodeProtobuf(body, OPTIONS)).toThrow(expect.objectContaining({ status: 413 }));
  });
});

function survives(decode: () => DecodedSpans): void {
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
