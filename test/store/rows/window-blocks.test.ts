import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spanWeightOf } from '../../../src/core/index.ts';
import {
  attributes as plainMap,
  ByteWriter,
  column,
  dateTime64,
  encodeBlock,
  string,
  type Codec,
  type Column,
} from '../../../src/native/index.ts';
import { SpanTableBuilder, type SpanRow, type SpanTable } from '../../../src/spans/index.ts';
import { readWindowBlocks } from '../../../src/store/rows/window-blocks.ts';
import { listed } from '../../spans/listed-spans.ts';
import { attributes, arbitrarySpan } from '../../arbitrary-span.ts';

const arbitraryRow = fc
  .tuple(arbitrarySpan(1_767_322_800_000_000_000n), fc.constantFrom('', 'ot=th:8', 'ot=th:f333'))
  .map(([span, traceState]) => ({ ...span, traceState }));

describe('blocks of a window', () => {
  it.each([
    ['with dictionaries', true],
    ['of a server that sends none', false],
  ])('are read as they were sent, wherever pieces are cut: %s', async (_what, hasDictionaries) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(arbitraryRow, { maxLength: 6 }), { maxLength: 3 }),
        fc.array(fc.nat(4_000), { maxLength: 12 }),
        async (blocks, cuts) => {
          const bytes = Buffer.concat(blocks.map((rows) => blockBytes(rows, hasDictionaries)));
          expect(listed(await read(pieces(bytes, cuts)))).toEqual(listed(built(blocks.flat())));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('have their attributes also as the text of a JSON object, by whole names', async () => {
    const json = '{"http":{"method":"GET","status":200},"user.name":"Zoë"}';
    for (const texts of [string, dictionary]) {
      const bytes = encoded([oneSpan(1)], {
        resource: column('r', texts, () => '{}'),
        own: column('a', texts, () => json),
      });
      expect(attributesIn(await read([bytes]))).toEqual({
        'http.method': 'GET',
        'http.status': '200',
        'user.name': 'Zoë',
      });
    }
  });

  it('end with the error that the server wrote behind them', async () => {
    const text =
      '__exception__\r\nabc\r\nCode: 241. DB::Exception: (total) memory limit exceeded\n';
    const block = blockBytes([oneSpan(2)], true);
    for (const length of [block.length, block.length - 4]) {
      const bytes = Buffer.concat([block.subarray(0, length), Buffer.from(text)]);
      for (const cut of [0, 3, text.length - 2]) {
        const at = bytes.length - cut;
        await expect(read([bytes.subarray(0, at), bytes.subarray(at)])).rejects.toThrow(
          'Code: 241. DB::Exception: (total) memory limit exceeded',
        );
      }
    }
  });

  it('that break off are an error', async () => {
    const bytes = blockBytes([oneSpan(3)], true);
    for (const length of [1, 40, bytes.length - 1]) {
      await expect(read([bytes.subarray(0, length)])).rejects.toThrow('breaks off');
    }
    expect((await read([bytes])).spanCount).toBe(1);
  });

  it('of other columns than were asked for are an error', async () => {
    const bytes = encoded([oneSpan(5)], {
      resource: column('r', plainMap, () => ({})),
      own: column('a', dateTime64, () => 1n),
    });
    await expect(read([bytes])).rejects.toThrow(
      "a column of DateTime64(9, 'UTC') in place of text",
    );
  });

  it('have the first of two attributes of one key', async () => {
    const twice: Codec<unknown> = {
      type: 'Map(String, String)',
      write: (out) => {
        out.uint64(2);
        for (const text of ['a', 'a', '1', '2']) out.text(text);
      },
    };
    const same = { resource: column('r', twice, () => ''), own: column('a', twice, () => '') };
    const table = await read([encoded([oneSpan(4)], same)]);
    expect(attributesIn(table)).toEqual({ a: '1' });
    // Once as its own and once as its resource's.
    expect(table.attributeKeys).toHaveLength(2);
  });

  it('have spans of more traces than a list first has room for', async () => {
    const one = oneSpan(6);
    const rows = Array.from({ length: 9_000 }, (_, i) => ({
      ...one,
      traceId: `trace ${(i * 7) % 4_500}`,
      spanId: i.toString(16),
    }));
    expect(listed(await read([blockBytes(rows, true)]))).toEqual(listed(built(rows)));
  });

  it('have attributes of any text', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRow, attributes, async (span, own) => {
        const row = { ...span, attributes: own, resourceAttributes: {} };
        expect(attributesIn(await read([blockBytes([row], true)]))).toEqual(own);
      }),
      { numRuns: 50 },
    );
  });
});

function oneSpan(seed: number): SpanRow {
  const [span] = fc.sample(arbitraryRow, { numRuns: 1, seed });
  if (span === undefined) throw new Error('no span');
  return span;
}

async function read(chunks: readonly Buffer[]): Promise<SpanTable> {
  async function* stream(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  const builder = new SpanTableBuilder();
  await readWindowBlocks(stream(), builder);
  return builder.build();
}

/** Returns the attributes of the first span of a table. */
function attributesIn(table: SpanTable): Readonly<Record<string, string>> {
  const names = (numbers: Uint32Array): readonly string[] =>
    [...numbers.subarray(0, table.attributeStarts[1])].map((number) => table.names[number] ?? '');
  const values = names(table.attributeValues);
  return Object.fromEntries(names(table.attributeKeys).map((key, i) => [key, values[i] ?? '']));
}

function built(rows: readonly SpanRow[]): SpanTable {
  const builder = new SpanTableBuilder();
  for (const row of rows) builder.add(row);
  return builder.build();
}

function blockBytes(rows: readonly SpanRow[], hasDictionaries: boolean): Buffer {
  const maps = hasDictionaries ? dictionaryMap : plainMap;
  return encoded(
    rows,
    {
      resource: column('r', maps, (span) => span.resourceAttributes),
      own: column('a', maps, (span) => span.attributes),
    },
    hasDictionaries ? dictionary : string,
  );
}

/** Returns one block in the order of sql/queries/window_spans.sql. */
function encoded(
  rows: readonly SpanRow[],
  maps: { readonly resource: Column<SpanRow>; readonly own: Column<SpanRow> },
  texts: Codec<string> = dictionary,
): Buffer {
  const columns: readonly Column<SpanRow>[] = [
    column('t', string, (span) => span.traceId),
    column('s', string, (span) => span.spanId),
    column('p', string, (span) => span.parentSpanId),
    column('n', texts, (span) => span.serviceName),
    column('o', texts, (span) => span.name),
    column('k', texts, (span) => span.kind),
    column('c', texts, (span) => span.status),
    column('b', dateTime64, (span) => span.startEpochNs),
    column('d', dateTime64, (span) => span.durationNs),
    column('w', float64, (span) => spanWeightOf(span.traceState ?? '')),
    maps.resource,
    maps.own,
  ];
  return Buffer.from(encodeBlock(new ByteWriter(1_024), columns, rows));
}

const float64: Codec<number> = {
  type: 'Float64',
  write: (out, values) => {
    const words = new BigUint64Array(Float64Array.from(values).buffer);
    for (const word of words) out.bigUint64(word);
  },
};

/** A column with a dictionary: nothing of no rows. */
const dictionary: Codec<string> = {
  type: 'LowCardinality(String)',
  write: (out, values) => {
    if (values.length === 0) return;
    out.uint64(1);
    writeNumbers(out, values);
  },
};

const dictionaryMap: Codec<SpanRow['attributes']> = {
  type: 'Map(LowCardinality(String), LowCardinality(String))',
  write: (out, maps) => {
    if (maps.length === 0) return;
    out.uint64(1);
    out.uint64(1);
    let end = 0;
    for (const map of maps) out.uint64((end += Object.keys(map).length));
    writeNumbers(out, maps.flatMap(Object.keys));
    writeNumbers(
      out,
      maps.flatMap((map) => Object.values(map)),
    );
  },
};

/** Numbers of two bytes into a dictionary that stands with them, behind flags that say so. */
function writeNumbers(out: ByteWriter, values: readonly string[]): void {
  if (values.length === 0) return;
  const keys = [...new Set(['', ...values])];
  out.uint64(0x601);
  out.uint64(keys.length);
  for (const key of keys) out.text(key);
  out.uint64(values.length);
  for (const value of values) {
    const place = keys.indexOf(value);
    out.uint8(place & 0xff);
    out.uint8(place >>> 8);
  }
}

function pieces(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const ends = [...new Set(cuts.filter((at) => at < bytes.length))].toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}
