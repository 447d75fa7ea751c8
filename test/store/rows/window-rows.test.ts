import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpanTableBuilder, type SpanRow, type SpanTable } from '../../../src/spans/index.ts';
import { readWindowRows } from '../../../src/store/rows/window-rows.ts';
import { listed } from '../../spans/listed-spans.ts';
import { attributes, arbitrarySpan } from '../../arbitrary-span.ts';

const arbitraryRow = arbitrarySpan(1_767_322_800_000_000_000n);

describe('rows of a window', () => {
  it('are read as they were sent, wherever the pieces are cut that they come in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryRow, { maxLength: 8 }),
        fc.array(fc.nat(4_000), { maxLength: 12 }),
        async (rows, cuts) => {
          const bytes = Buffer.concat(rows.map((row) => rowBytes(row, mapBytes)));
          expect(listed(await read(pieces(bytes, cuts), false))).toEqual(listed(built(rows)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('have their attributes also as the text of a JSON object, by whole names', async () => {
    const json = '{"http":{"method":"GET","status":200},"user.name":"Zoë"}';
    const [span] = fc.sample(arbitraryRow, { numRuns: 1, seed: 1 });
    if (span === undefined) throw new Error('no span');
    const bytes = rowBytes(span, () => textBytes(json));
    expect(attributesIn(await read([bytes], true))).toEqual({
      'http.method': 'GET',
      'http.status': '200',
      'user.name': 'Zoë',
    });
  });

  it('end with the error that the server wrote behind them', async () => {
    const [span] = fc.sample(arbitraryRow, { numRuns: 1, seed: 2 });
    if (span === undefined) throw new Error('no span');
    const text =
      '__exception__\r\nabc\r\nCode: 241. DB::Exception: (total) memory limit exceeded\n';
    const bytes = Buffer.concat([rowBytes(span, mapBytes), Buffer.from(text)]);
    for (const cut of [0, 3, text.length - 2]) {
      const at = bytes.length - cut;
      await expect(read([bytes.subarray(0, at), bytes.subarray(at)], false)).rejects.toThrow(
        'Code: 241. DB::Exception: (total) memory limit exceeded',
      );
    }
  });

  it('that break off are an error', async () => {
    const [span] = fc.sample(arbitraryRow, { numRuns: 1, seed: 3 });
    if (span === undefined) throw new Error('no span');
    const bytes = rowBytes(span, mapBytes);
    for (const length of [1, 40, bytes.length - 1]) {
      await expect(read([bytes.subarray(0, length)], false)).rejects.toThrow('breaks off');
    }
    expect((await read([bytes], false)).spanCount).toBe(1);
  });

  it('have the first of two attributes of one key', async () => {
    const twice = Buffer.concat([Buffer.from([2]), ...['a', '1', 'a', '2'].map(textBytes)]);
    const [span] = fc.sample(arbitraryRow, { numRuns: 1, seed: 4 });
    if (span === undefined) throw new Error('no span');
    const table = await read([rowBytes(span, () => twice)], false);
    expect(attributesIn(table)).toEqual({ a: '1' });
    // Once as its own and once as its resource's.
    expect(table.attributeKeys).toHaveLength(2);
  });

  it('have attributes of any text', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRow, attributes, async (span, own) => {
        const row = { ...span, attributes: own, resourceAttributes: {} };
        expect(attributesIn(await read([rowBytes(row, mapBytes)], false))).toEqual(own);
      }),
      { numRuns: 50 },
    );
  });
});

async function read(chunks: readonly Buffer[], isJson: boolean): Promise<SpanTable> {
  async function* stream(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  const builder = new SpanTableBuilder();
  await readWindowRows(stream(), isJson, builder);
  return builder.build();
}

/** Returns the attributes of the first span of a table. */
function attributesIn(table: SpanTable): Readonly<Record<string, string>> {
  const names = (column: Uint32Array): readonly string[] =>
    [...column.subarray(0, table.attributeStarts[1])].map((number) => table.names[number] ?? '');
  const values = names(table.attributeValues);
  return Object.fromEntries(names(table.attributeKeys).map((key, i) => [key, values[i] ?? '']));
}

function built(rows: readonly SpanRow[]): SpanTable {
  const builder = new SpanTableBuilder();
  for (const row of rows) builder.add(row);
  return builder.build();
}

function rowBytes(span: SpanRow, mapOf: (attributes: SpanRow['attributes']) => Buffer): Buffer {
  const { traceId, spanId, parentSpanId, serviceName, name, kind, status } = span;
  return Buffer.concat([
    Buffer.from([1]),
    ...[traceId, spanId, parentSpanId, serviceName, name, kind, status].map(textBytes),
    int64Bytes(span.startEpochNs),
    int64Bytes(span.durationNs),
    mapOf(span.resourceAttributes),
    mapOf(span.attributes),
  ]);
}

function mapBytes(own: SpanRow['attributes']): Buffer {
  const entries = Object.entries(own);
  return Buffer.concat([varint(entries.length), ...entries.flat().map(textBytes)]);
}

function textBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([varint(bytes.length), bytes]);
}

function int64Bytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}

function pieces(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const ends = [...new Set(cuts.filter((at) => at < bytes.length))].toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}
