import { describe, expect, it } from 'vitest';
import { decodeJson, type DecodedSpans } from './decode.ts';
import { attribute, request, SPAN_ID, TRACE_ID } from './one-span-request.ts';
import { jsonBody } from './otlp-messages.ts';

const OPTIONS = { maxItems: 10_000 };

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
      OPTIONS,
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
  ])('is refused as %s', (_, text, message) => {
    const decode = (): DecodedSpans => decodeJson(Buffer.from(text), OPTIONS);
    expect(decode).toThrow(message);
    expect(decode).toThrow(expect.objectContaining({ status: 400 }));
  });

  it.each([
    [
      'the groups of before 2022',
      {
        resourceSpans: [
          legacy({
            traceId: TRACE_ID,
            spanId: SPAN_ID,
            name: 'GET /',
            startTimeUnixNano: '1763683200000000001',
            endTimeUnixNano: '1763683200000000009',
            attributes: [attribute('k', { stringValue: 'v' })],
          }),
        ],
      },
    ],
    [
      'the names of the .proto file, ids in base64',
      {
        resource_spans: [
          {
            scope_spans: [
              {
                spans: [
                  {
                    trace_id: base64(TRACE_ID),
                    span_id: base64(SPAN_ID),
                    name: 'GET /',
                    start_time_unix_nano: '1763683200000000001',
                    end_time_unix_nano: '1763683200000000009',
                    attributes: [{ key: 'k', value: { string_value: 'v' } }],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
    [
      'what Go makes of its structures',
      JSON.stringify({
        resource_spans: [
          {
            scope_spans: [
              {
                spans: [
                  {
                    trace_id: base64(TRACE_ID),
                    span_id: base64(SPAN_ID),
                    name: 'GET /',
                    start_time_unix_nano: 'START',
                    end_time_unix_nano: 'END',
                    attributes: [{ key: 'k', value: { Value: { StringValue: 'v' } } }],
                    status: {},
                  },
                ],
              },
            ],
          },
        ],
      })
        // Numbers past 2^53, which JavaScript alone cannot write.
        .replace('"START"', '1763683200000000001')
        .replace('"END"', '1763683200000000009'),
    ],
    [
      'names in capitals',
      {
        ResourceSpans: [
          {
            ScopeSpans: [
              {
                Spans: [
                  {
                    TraceId: TRACE_ID,
                    SpanId: SPAN_ID,
                    Name: 'GET /',
                    StartTimeUnixNano: '1763683200000000001',
                    EndTimeUnixNano: '1763683200000000009',
                    Attributes: [{ Key: 'k', Value: { StringValue: 'v' } }],
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
    [
      'times of two numbers, and the typed field beside the key',
      request({
        startTimeUnixNano: [1_763_683_200, 1],
        endTimeUnixNano: longOf(1_763_683_200_000_000_009n),
        attributes: [{ key: 'k', type: 0, stringValue: 'v' }],
      }),
    ],
  ])('may hold %s', (_, body) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const taken = decodeJson(Buffer.from(`\ufeff${text}`), OPTIONS);
    expect(taken.message).toBe('');
    expect(taken.spans).toMatchObject([
      {
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        name: 'GET /',
        startEpochNs: 1763683200000000001n,
        durationNs: 8n,
        attributes: { k: 'v' },
      },
    ]);
  });

  it.each([
    ['a list of bytes', { bytesValue: [0, 255, 128] }, 'AP+A', 0],
    ['bytes as JSON has an Uint8Array', { bytesValue: { 0: 0, 1: 255, 2: 128 } }, 'AP+A', 0],
    ['bytes as JSON has a Buffer', { bytesValue: Buffer.from([0, 255, 128]) }, 'AP+A', 0],
    ['bytes that are no base64', { bytesValue: '*' }, '*', 1],
    ['a whole number that is none', { intValue: 1.5 }, '1.5', 1],
    ['a whole number of words', { intValue: 'many' }, 'many', 1],
    ['a Long', { intValue: { low: 1, high: 1 } }, '4294967297', 0],
    ['a boolean as text', { boolValue: 'true' }, 'true', 1],
    ['text that is a number', { stringValue: 12 }, '12', 1],
    ['text that is a map', { stringValue: { a: [1, null] } }, '{"a":[1,null]}', 1],
    ['a number of words', { doubleValue: 'fast' }, 'fast', 1],
    ['a list that is none', { arrayValue: { values: 5 } }, '5', 1],
    ['a list without its object', { arrayValue: ['a', { intValue: 2 }] }, '["a",2]', 2],
    ['a map without its list', { kvlistValue: { a: 1, b: 'x' } }, '{"a":1,"b":"x"}', 1],
    [
      'a map of entries without their object',
      { kvlistValue: [{ key: 'a', value: { intValue: 1 } }] },
      '{"a":1}',
      1,
    ],
    ['an empty list', { arrayValue: {} }, '[]', 0],
    ['an empty map', { kvlistValue: { values: null } }, '{}', 0],
    ['a typed field that is null', { stringValue: null }, '', 0],
    ['no typed field', 'bare', 'bare', 1],
    ['a type of a later version', { hugeValue: '1' }, '{"hugeValue":"1"}', 1],
    ['null', null, '', 0],
  ])('takes a value that is %s for what it is, and remarks on it', (_, value, text, remarks) => {
    const attributes = [{ key: 'k', value }];
    const taken = decodeJson(jsonBody(request({ attributes })), OPTIONS);
    expect(taken.spans[0]?.attributes).toEqual({ k: text });
    expect(taken).toMatchObject({ rejectedSpans: 0, remarks });
    if (remarks > 0)
      expect(taken.message).toMatch(/^taken as it is: .*attributes.* must be .* got /u);
  });

  it('remarks once on all odd values, with the place of the first', () => {
    const taken = decodeJson(
      jsonBody(request({ name: 5, kind: 'strange', attributes: { a: 1, b: 'x' } })),
      OPTIONS,
    );
    expect(taken.spans[0]).toMatchObject({
      name: '5',
      kind: 'Unspecified',
      attributes: { a: '1', b: 'x' },
    });
    expect(taken.message).toBe(
      'taken as it is: resourceSpans[].scopeSpans[].spans[].name must be text, got 5' +
        ` (and ${taken.remarks - 1} more like it)`,
    );
  });

  it.each([
    ['a time below 0', { startTimeUnixNano: -1 }, /startTimeUnixNano must be a whole number >= 0/u],
    ['a time in words', { startTimeUnixNano: 'now' }, /startTimeUnixNano must be a whole number/u],
    ['an event at no time', { events: [{ timeUnixNano: 0.5 }] }, /timeUnixNano must be/u],
    ['half an id', { traceId: 'abc' }, /trace id 'abc' is not 16 bytes/u],
    ['an id that is none', { spanId: 7 }, /span id '7' is not 8 bytes/u],
  ])('rejects a span with %s, and takes the others', (_, odd, message) => {
    const both = { resourceSpans: [...request(odd).resourceSpans, ...request({}).resourceSpans] };
    const taken = decodeJson(jsonBody(both), OPTIONS);
    expect(taken.spans).toHaveLength(1);
    expect(taken.rejectedSpans).toBe(1);
    expect(taken.message).toMatch(message);
  });

  it('rejects what is no span, and remarks on lists that it does not know', () => {
    const spans = [null, 'x', { traceId: TRACE_ID, spanId: SPAN_ID }];
    const taken = decodeJson(
      jsonBody({ resourceSpans: [{ scopeSpans: [{ spans }], spans }], resourceLogs: [{}] }),
      OPTIONS,
    );
    expect(taken).toMatchObject({ rejectedSpans: 2, remarks: 2 });
    expect(taken.spans).toHaveLength(1);
    expect(taken.firstRemark).toBe("'resourceLogs' is not known here and was not read");
  });

  it.each([
    ['spans', { spans: 'x' }, /scopeSpans\[\]\.spans must be an array, got 'x'/u],
    ['one span', { spans: { traceId: TRACE_ID } }, /spans must be an array, got an object/u],
  ])('rejects a group of %s that is no list, and takes the others', (_, odd, message) => {
    const [good] = request({}).resourceSpans as readonly [
      { readonly scopeSpans: readonly object[] },
    ];
    for (const scopeSpans of [[odd, ...good.scopeSpans], odd]) {
      const taken = decodeJson(jsonBody({ resourceSpans: [{ scopeSpans }, good] }), OPTIONS);
      expect(taken.rejectedSpans).toBe(1);
      expect(taken.spans).toHaveLength(scopeSpans === odd ? 1 : 2);
      expect(taken.message).toMatch(scopeSpans === odd ? /^resourceSpans.*an array/u : message);
    }
  });

  it.each([
    ['the request', { request: request({}) }, "'request'"],
    ['a resource', { resourceSpans: [{ traces: request({}) }] }, "resourceSpans[].'traces'"],
  ])('remarks where the spans lie in a field that %s does not have', (_, body, place) => {
    const taken = decodeJson(jsonBody(body), OPTIONS);
    expect(taken.message).toBe(`taken as it is: ${place} is not known here and was not read`);
  });

  it('understands enums by name in every spelling, and as text', () => {
    const kinds = ['SPAN_KIND_CLIENT', 'client', 'Client', '3', 3];
    for (const kind of kinds) {
      const taken = decodeJson(jsonBody(request({ kind, status: { code: 'error' } })), OPTIONS);
      expect(taken.spans[0]).toMatchObject({ kind: 'Client', status: 'Error' });
      expect(taken.remarks).toBe(0);
    }
  });

  it('text of half a surrogate pair becomes text that can be stored', () => {
    const body = Buffer.from(JSON.stringify(request({ name: 'a\ud800b' })));
    expect(decodeJson(body, OPTIONS).spans[0]?.name).toBe('a\ufffdb');
  });
});

/** Groups as they were called before 2022. */
function legacy(span: object): object {
  const instrumentationLibrary = { name: 'http', version: '1' };
  return { instrumentationLibrarySpans: [{ instrumentationLibrary, spans: [span] }] };
}

/** A 64-bit number as long.js has it. */
function longOf(value: bigint): object {
  return { low: Number(BigInt.asIntN(32, value)), high: Number(value >> 32n), unsigned: true };
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
