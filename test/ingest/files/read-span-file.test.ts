import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { Span } from '../../../src/core/index.ts';
import {
  readSpanFile,
  type SpanFileOptions,
  type SpanFileReading,
} from '../../../src/ingest/files/read-span-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'callgauge-span-files-'));
const TRACE = '0614a31f4ec5c1ec1eb71943899c4f26';
const HEAD =
  'TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano,Duration';
const ROOT = `${TRACE},734e8b2cfde651b6,root,front-579b9bff58-t2dbm,Recv,1661256099750950941,1661256100951532472,1200581`;
const CHILD = `${TRACE},331684207de7f4c8,734e8b2cfde651b6,redis-0,Get,1661256099751486825,1661256099851230825,99744`;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a file of spans in CSV', () => {
  it('has its columns by their names, the service without the parts of its pod', async () => {
    const { spans } = await read(csv(HEAD, ROOT, CHILD));
    expect(spans[0]).toMatchObject({
      traceId: TRACE,
      spanId: '734e8b2cfde651b6',
      parentSpanId: '',
      serviceName: 'front',
      name: 'Recv',
      kind: 'Unspecified',
      status: 'Unset',
      startEpochNs: 1_661_256_099_750_950_941n,
      durationNs: 1_200_581_531n,
      resourceAttributes: { 'k8s.pod.name': 'front-579b9bff58-t2dbm', 'service.name': 'front' },
    });
    expect(spans[1]).toMatchObject({ parentSpanId: '734e8b2cfde651b6', serviceName: 'redis' });
  });

  it('has the same spans whatever the order of its columns, its delimiter and its packing', async () => {
    const plain = await read(csv(HEAD, ROOT, CHILD));
    const turned = (line: string): string => line.split(',').toReversed().join(';');
    const text = csv(...[HEAD, ROOT, CHILD].map(turned));
    const halves = [text.slice(0, 200), text.slice(200)];
    const frames = Buffer.concat(halves.map((half) => zstdCompressSync(half)));
    for (const bytes of [text, `\uFEFF${text}`, gzipSync(text), zstdCompressSync(text), frames]) {
      expect(await read(bytes)).toEqual(plain);
    }
  });

  it('keeps every other column as an attribute, and those of what made the span as its resource', async () => {
    const { spans } = await read(
      csv(
        'trace_id,span_id,parent_span_id,service,name,kind,status_code,start,duration_ms,http.route,host.name,tags',
        `${TRACE},734e8b2cfde651b6,,cart,GET,SPAN_KIND_SERVER,STATUS_CODE_ERROR,2022-08-23T12:01:39.750Z,1.5,/cart/{id},node-1,"{""a"":""b"",""n"":2}"`,
        `${TRACE},734e8b2cfde651b7,,cart,GET,3,503,1661256099.75,2,,node-1,"{'a':'it\\'s','b':'c'}"`,
      ),
    );
    expect(spans[0]).toMatchObject({
      kind: 'Server',
      status: 'Error',
      startEpochNs: 1_661_256_099_750_000_000n,
      durationNs: 1_500_000n,
      attributes: { 'http.route': '/cart/{id}', a: 'b', n: '2' },
      resourceAttributes: { 'service.name': 'cart', 'host.name': 'node-1' },
    });
    expect(spans[1]).toMatchObject({
      kind: 'Client',
      status: 'Error',
      startEpochNs: 1_661_256_099_750_000_000n,
      attributes: { 'http.response.status_code': '503', a: "it's", b: 'c' },
    });
  });

  it.each([
    ['Timestamp,Duration,SpanName', 'ns', undefined],
    ['Timestamp,DurationNano,OperationName', 'ns', undefined],
    ['Timestamp,duration_us,OperationName', 'us', undefined],
    ['Timestamp,Duration (ms),OperationName', 'ms', undefined],
    ['Timestamp,Duration,OperationName', 's', 's'],
    ['Timestamp,Duration,OperationName', 'ms', 'ms'],
  ] as const)('takes the unit of the duration of %s as %s', async (columns, unit, durationUnit) => {
    const text = csv(
      `TraceId,SpanId,ServiceName,${columns}`,
      `${TRACE},734e8b2cfde651b6,cart,1661256099750950941,7,GET`,
    );
    const { spans } = await read(text, { durationUnit });
    const nsPer = { ns: 1n, us: 1_000n, ms: 1_000_000n, s: 1_000_000_000n };
    expect(spans[0]?.durationNs).toBe(7n * nsPer[unit]);
  });

  it('wants to know the unit where nothing tells it, except of values that say it', async () => {
    const { spans, leftOut } = await read(
      csv(
        'TraceId,SpanId,ServiceName,Timestamp,Duration,OperationName',
        `${TRACE},734e8b2cfde651b6,cart,1661256099750950941,7,GET`,
        `${TRACE},734e8b2cfde651b7,cart,1661256099750950941,7ms,GET`,
      ),
    );
    expect(spans.map(({ durationNs }) => durationNs)).toEqual([7_000_000n]);
    expect(leftOut.map(({ first }) => first.replace(folder, ''))).toEqual([
      'Duration is "7"; one with its unit (12ms), or --duration-unit, is wanted (/spans:2)',
    ]);
  });

  it('leaves out what cannot be read, and says of each fault how often, where and why', async () => {
    const { spans, leftOut } = await read(
      csv(
        HEAD,
        ROOT,
        ROOT.replace(TRACE, 'xyz'),
        ROOT.replace('1661256099750950941', 'noon'),
        ROOT.replace('1661256099750950941', 'dawn'),
        `${ROOT},more`,
        CHILD,
      ),
    );
    expect(spans.map(({ name }) => name)).toEqual(['Recv', 'Get']);
    expect(leftOut.map((l) => ({ ...l, first: l.first.replace(folder, '') }))).toEqual([
      {
        fault: 'StartTimeUnixNano is no time',
        count: 2,
        first:
          'StartTimeUnixNano is "noon"; a time (2026-11-28T16:40:01.120Z, 28/Nov/2026:16:40:01 +0000, or a number since 1970) is wanted (/spans:4)',
      },
      {
        fault: 'TraceID is no id',
        count: 1,
        first: 'TraceID is "xyz"; up to 32 hex digits, not all zero, is wanted (/spans:3)',
      },
      {
        fault: 'the number of values is not that of the head line',
        count: 1,
        first: 'the row has 9 values; 8, as many as the head line names, are wanted (/spans:6)',
      },
    ]);
  });

  it('counts a line once, however many quotes in it are out of place', async () => {
    const { leftOut, spans } = await read(csv(HEAD, ROOT.replace('front-', 'f"r"o"nt-'), CHILD));
    expect(spans).toHaveLength(1);
    expect(leftOut).toMatchObject([{ fault: 'not valid CSV', count: 1 }]);
    const long = await read(csv(HEAD, `${'x'.repeat(1_000)}"`, CHILD));
    expect(long.leftOut[0]?.first).toMatch(/^the row is not valid CSV: .{160}\.\.\. \(.+:2\)$/u);
  });

  it('ends at a line that is nothing but quotes, soon', async () => {
    await expect(read(csv(HEAD, ROOT, `x${'"'.repeat(1e6)}`))).rejects.toMatchObject({
      code: 'SPANS_UNREADABLE',
      message: expect.stringMatching(/more than 200 quotes out of place \(.+:3\)$/u) as string,
    });
  });

  it('ends at a row that is too long: what follows it could not be told apart', async () => {
    for (const long of ['x'.repeat(5e6), `"${'x\n'.repeat(3e6)}"`]) {
      await expect(read(csv(HEAD, ROOT, `${TRACE},${long}`, CHILD))).rejects.toMatchObject({
        code: 'SPANS_UNREADABLE',
        message: expect.stringMatching(/the row has more than 4194304 characters/u) as string,
      });
    }
  });

  it('ends at the first bad line where it is strict', async () => {
    const text = csv(HEAD, ROOT, ROOT.replace(TRACE, 'xyz'), CHILD);
    await expect(read(text, { strict: true })).rejects.toMatchObject({
      code: 'SPANS_UNREADABLE',
      message: expect.stringContaining('spans:3)') as string,
    });
  });

  it('names the columns that it lacks', async () => {
    await expect(read(csv('TraceID,Operation,Start', 'a,b,c'))).rejects.toMatchObject({
      code: 'SPANS_UNREADABLE',
      message: expect.stringContaining(
        'the head line names no SpanID, no ServiceName or PodName, no EndTimeUnixNano or Duration; got "TraceID,Operation,Start"',
      ) as string,
    });
  });

  it('refuses a file that is damaged or not there', async () => {
    const packed = gzipSync(csv(HEAD, ROOT));
    await expect(read(packed.subarray(0, 60))).rejects.toMatchObject({ code: 'SPANS_UNREADABLE' });
    const missing = readSpanFile(join(folder, 'none'), {}, () => {});
    await expect(missing).rejects.toMatchObject({ code: 'SPANS_UNREADABLE' });
  });

  it('refuses a file without a row that could name its columns', async () => {
    await expect(read('TraceID,"SpanID\n1,2\n')).rejects.toMatchObject({
      code: 'SPANS_UNREADABLE',
      message: expect.stringMatching(/^no head line names the columns: .*spans:\d+\)$/u) as string,
    });
  });

  it('reads no spans out of an empty file', async () => {
    expect((await read('')).spans).toEqual([]);
  });
});

describe('a file of spans in OTLP JSON', () => {
  const request = (spanId: string): object => ({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: TRACE,
                spanId,
                name: 'GET',
                kind: 2,
                startTimeUnixNano: '1661256099750950941',
                endTimeUnixNano: '1661256099750950942',
              },
            ],
          },
        ],
      },
    ],
  });

  it('has a request on each line', async () => {
    const lines = [request('734e8b2cfde651b6'), request('734e8b2cfde651b7')].map((r) =>
      JSON.stringify(r),
    );
    const { spans, format } = await read(`${lines.join('\n')}\n\n`);
    expect(format).toBe('otlp');
    expect(spans.map(({ spanId, serviceName }) => [spanId, serviceName])).toEqual([
      ['734e8b2cfde651b6', 'cart'],
      ['734e8b2cfde651b7', 'cart'],
    ]);
  });

  it('may be one request over many lines', async () => {
    const { spans } = await read(JSON.stringify(request('734e8b2cfde651b6'), null, 2));
    expect(spans).toHaveLength(1);
  });

  it('leaves out lines and spans that cannot be read', async () => {
    const { spans, leftOut } = await read(
      [
        JSON.stringify(request('734e8b2cfde651b6')),
        '{"resourceSpans":',
        JSON.stringify(request('xyz')),
      ].join('\n'),
    );
    expect(spans).toHaveLength(1);
    expect(leftOut.map(({ fault, count }) => [fault, count])).toEqual([
      ['the line is no trace export', 1],
      ['a span cannot be read', 1],
    ]);
    expect(leftOut[0]?.first).toContain('spans:2)');
  });

  it.each([
    ['of Jaeger', '{"data":[{"traceID":"a1","spans":[{}]}]}'],
    ['of logs', '{"resourceLogs":[{"scopeLogs":[]}]}'],
    ['of one span', '{"traceId":"a1","name":"GET"}'],
  ])('leaves out a line %s, and shows what it has', async (_, line) => {
    const { spans, leftOut } = await read(`${line}\n`);
    expect(spans).toEqual([]);
    expect(leftOut).toMatchObject([{ fault: 'the line is no trace export', count: 1 }]);
    expect(leftOut[0]?.first).toContain(`the line must have resourceSpans, got "${line}"`);
  });

  it('takes an export without spans for what it is', async () => {
    const { leftOut } = await read('{}\n{ "resourceSpans": [] }\n{"resource_spans":[]}\n');
    expect(leftOut).toEqual([]);
  });
});

describe('a file of OTLP JSON of which the first line is cut off', () => {
  const line = (id: string): string =>
    JSON.stringify({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [{ traceId: TRACE, spanId: id, name: 'GET', startTimeUnixNano: '1661256099' }],
            },
          ],
        },
      ],
    });
  const [first, second] = [line('734e8b2cfde651b6'), line('734e8b2cfde651b7')];

  it.each([
    ['at its end', first.slice(0, 40)],
    ['at its beginning', first.slice(40)],
  ])('%s, has its other lines', async (_, damaged) => {
    const { spans, leftOut, format } = await read(`${damaged}\n${second}\n`);
    expect(format).toBe('otlp');
    expect(spans.map(({ spanId }) => spanId)).toEqual(['734e8b2cfde651b7']);
    expect(leftOut).toMatchObject([
      { count: 1, first: expect.stringContaining('spans:1)') as string },
    ]);
  });
});

describe('the batches of a file', () => {
  it('come in order, each once the one before was taken', async () => {
    const rows = Array.from({ length: 25 }, (_, i) =>
      ROOT.replace('734e8b2cfde651b6', String(i + 1).padStart(16, '0')),
    );
    let taken = 0;
    const sizes: number[] = [];
    const path = join(folder, 'batches');
    writeFileSync(path, csv(HEAD, ...rows));
    await readSpanFile(path, { batchSpans: 10 }, async (spans) => {
      expect(Number(spans[0]?.spanId)).toBe(taken + 1);
      sizes.push(spans.length);
      await Promise.resolve();
      taken += spans.length;
    });
    expect(sizes).toEqual([10, 10, 5]);
  });
});

function csv(...lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

async function read(
  bytes: string | Uint8Array,
  options: SpanFileOptions = {},
): Promise<{ readonly spans: readonly Span[] } & Pick<SpanFileReading, 'leftOut' | 'format'>> {
  const path = join(folder, 'spans');
  writeFileSync(path, bytes);
  const spans: Span[] = [];
  const { leftOut, format } = await readSpanFile(
    path,
    options,
    (batch) => void spans.push(...batch),
  );
  return { spans, leftOut, format };
}
