import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import { importSpans, type ImportedFile } from '../../src/ingest/files/import-spans.ts';
import { JSON_MARKS } from './corpora.ts';
import type { Draw } from './draw.ts';
import { bytesOf, fuzzCount, FUZZ_SEED, holdBounds } from './hold-bounds.ts';
import { mutated, type Mutations } from './mutation.ts';

/** Half of them are files that are damaged anywhere, half have one damaged line. */
const COUNT = Math.ceil(fuzzCount(1_000) / 4);
const TIMEOUT_MS = 240_000 + COUNT * 100;

const TRACE = '0614a31f4ec5c1ec1eb71943899c4f26';
const CSV_HEAD =
  'TraceID,SpanID,ParentID,ServiceName,SpanName,StartTime,Duration,Kind,Tags,http.route';
const row = (n: number): string =>
  `${TRACE},${idOf(n)},root,cart,GET /cart,1661256099.75,1.5ms,Server,"{""a"":""b,c""}",/cart/{id}`;
const line = (n: number): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: TRACE,
                spanId: idOf(n),
                name: 'GET /cart',
                kind: 2,
                startTimeUnixNano: '1661256099750000000',
                endTimeUnixNano: '1661256099751500000',
                attributes: [{ key: 'a', value: { intValue: '1' } }],
              },
            ],
          },
        ],
      },
    ],
  });

function idOf(n: number): string {
  return (n + 1).toString(16).padStart(16, '0');
}

const LINES = 9;
const numbers = Array.from({ length: LINES }, (_, n) => n);
const csvFile = `${[CSV_HEAD, ...numbers.map(row)].join('\n')}\n`;
const otlpFile = `${numbers.map(line).join('\n')}\n`;
const binary = (bytes: Buffer): string => bytes.toString('latin1');

const CSV_FILE: Mutations = {
  corpus: [
    csvFile,
    csvFile.replaceAll(',', '\t').replaceAll('\n', '\r\n'),
    `\u{EF}\u{BB}\u{BF}${csvFile}`,
    binary(gzipSync(csvFile)),
    binary(zstdCompressSync(csvFile)),
  ],
  tokens: [
    '"',
    '""',
    ',',
    ';',
    '\t',
    '\n',
    '\r\n',
    '\0',
    'TraceID,TraceID',
    '-1',
    '1e999',
    '99999999999999999999999',
    '2022-08-23T12:01:39.750Z',
    "{'a':'b'",
    '{"__proto__":{"a":1}}',
    'NaN',
    '\u{ED}\u{A0}\u{80}',
    '\u{1F}\u{8B}',
    '\u{28}\u{B5}\u{2F}\u{FD}',
  ],
};
const OTLP_FILE: Mutations = {
  corpus: [
    otlpFile,
    JSON.stringify(JSON.parse(line(0)), null, 2),
    binary(gzipSync(otlpFile)),
    binary(Buffer.concat([zstdCompressSync(line(0)), zstdCompressSync(`\n${line(1)}`)])),
  ],
  tokens: [...JSON_MARKS, '\n', '{}', '[]', 'null', '1e999', '"spans":[', '"values":[', '\0'],
};

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-fuzz-'));
  path = join(folder, 'spans');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Read extends ImportedFile {
  readonly spans: readonly Span[];
}

/** Imports a file into a store that has nothing and takes everything. */
async function importFile(input: string, strict: boolean): Promise<Read> {
  writeFileSync(path, bytesOf(input));
  const spans: Span[] = [];
  // Of a file there may be several batches.
  const options = { strict, batchSpans: 4 };
  const { files, readCount, storedCount } = await importSpans([path], options, {
    notStored: async (batch) => batch,
    rejectionOf: () => undefined,
    writeSpans: async (batch) => void spans.push(...batch),
  });
  const [file] = files;
  expect([files.length, readCount, storedCount]).toEqual([1, spans.length, spans.length]);
  return { ...(file as ImportedFile), spans };
}

describe.each([
  ['CSV', CSV_FILE],
  ['OTLP JSON lines', OTLP_FILE],
])('files of spans in %s', (name, mutations) => {
  it(
    `are read or refused, ${COUNT} of them damaged anywhere (seed ${FUZZ_SEED})`,
    { timeout: TIMEOUT_MS },
    async () => {
      let isStrict = false;
      let withLeftOut = 0;
      const { read, refused } = await holdBounds(COUNT, {
        name: `files of spans in ${name}`,
        make: (draw) => {
          isStrict = draw.chance(0.3);
          return withinBounds(mutated(mutations, draw));
        },
        read: async (input) => {
          try {
            const reading = await importFile(input, isStrict);
            expectTold(reading);
            if (isStrict) expect(reading.leftOut).toEqual([]);
            if (reading.leftOut.length > 0) withLeftOut++;
          } catch (error) {
            expect(error).toMatchObject({
              code: 'SPANS_UNREADABLE',
              message: expect.stringContaining(path) as string,
            });
            throw error;
          }
        },
      });
      expect(read).toBeGreaterThan(COUNT / 10);
      expect(refused).toBeGreaterThan(COUNT / 20);
      expect(withLeftOut).toBeGreaterThan(COUNT / 20);
    },
  );
});

describe.each([
  // A quote may go on to the next one, over the ends of lines.
  ['CSV', { ...CSV_FILE, corpus: [row(LINES)] } as const, [CSV_HEAD], row, /[\n\r"]/gu],
  ['OTLP JSON lines', { ...OTLP_FILE, corpus: [line(LINES)] } as const, [], line, /[\n]/gu],
])('a damaged line in %s', (name, mutations, head, good, ends) => {
  it(
    `is left out with its number, and the lines around it are read, ${COUNT} times (seed ${FUZZ_SEED})`,
    { timeout: TIMEOUT_MS },
    async () => {
      let place = 0;
      let leftOut = 0;
      await holdBounds(COUNT, {
        name: `a damaged line in ${name}`,
        make: (draw) => {
          place = draw.below(LINES + 1);
          const lines = numbers.map(good);
          lines.splice(place, 0, damaged(mutations, draw, ends));
          return `${[...head, ...lines].join('\n')}\n`;
        },
        read: async (input) => {
          const reading = await importFile(input, false);
          expectTold(reading);
          const ids = new Set(reading.spans.map(({ spanId }) => spanId));
          for (const n of numbers) expect(ids, `line ${n}`).toContain(idOf(n));
          if (reading.leftOut.length === 0) return;
          leftOut++;
          expect(reading.leftOut).toHaveLength(1);
          expect(reading.leftOut[0]?.first).toMatch(`(${path}:${head.length + place + 1})`);
        },
      });
      expect(leftOut).toBeGreaterThan(COUNT / 10);
    },
  );
});

/**
 * Of what stands for more than this the time would be that of a large file. Lines of three bytes,
 * each of them bad, are the dearest: 60 us of processor time a line.
 */
const INPUT_BYTES_MAX = 16 * 1024;

function withinBounds(input: string): string {
  const options = { maxOutputLength: INPUT_BYTES_MAX };
  const isTooLong = [gunzipSync, zstdDecompressSync].some((unpack) => {
    try {
      unpack(bytesOf(input), options);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    }
  });
  return isTooLong ? withinBounds(input.slice(0, input.length / 2)) : input;
}

function damaged(mutations: Mutations, draw: Draw, ends: RegExp): string {
  return mutated(mutations, draw).replaceAll(ends, ' ');
}

/** What a reading must be, whatever was read. */
function expectTold({ spans, spanCount, leftOut }: Read): void {
  expect(spans).toHaveLength(spanCount);
  for (const { fault, count, first } of leftOut) {
    expect(fault).not.toBe('');
    expect(count).toBeGreaterThan(0);
    expect(first).toMatch(/ \(.+:[1-9]\d*\)$/su);
  }
  for (const { traceId, spanId, parentSpanId, startEpochNs, durationNs } of spans) {
    expect(traceId).toMatch(/^[\da-f]{32}$/u);
    expect(spanId).toMatch(/^[\da-f]{16}$/u);
    expect(parentSpanId).toMatch(/^(?:[\da-f]{16})?$/u);
    expect([typeof startEpochNs, typeof durationNs]).toEqual(['bigint', 'bigint']);
  }
}
