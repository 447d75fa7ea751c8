import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  array,
  attributes,
  bigUint64,
  bool,
  ByteWriter,
  type Codec,
  column,
  dateTime,
  dateTime64,
  encodeBlock,
  SPAN_TABLE,
  string,
  uint32,
  uint64,
} from '../../src/native/index.ts';
import { arbitrarySpan, attributes as arbitraryAttributes, text } from '../arbitrary-span.ts';
import { decodeBlock } from './native-decoder.ts';

const safeNs = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const uint64s = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

function holdsFor<T>(
  codec: Codec<T>,
  values: fc.Arbitrary<T>,
  stored: (value: T) => unknown,
): void {
  const columns = [column('v', codec, (value: T) => value)];
  fc.assert(
    fc.property(fc.array(values, { maxLength: 20 }), (rows) => {
      const block = decodeBlock(encodeBlock(new ByteWriter(16), columns, rows));
      expect(block.rowCount).toBe(rows.length);
      expect(block.columns).toEqual([{ name: 'v', type: codec.type, values: rows.map(stored) }]);
    }),
  );
}

const same = (value: unknown): unknown => value;

test('every type decodes to what was encoded', () => {
  holdsFor(string, text, same);
  holdsFor(bool, fc.boolean(), same);
  holdsFor(uint32, fc.integer({ min: 0, max: 2 ** 32 - 1 }), same);
  holdsFor(dateTime, fc.integer({ min: 0, max: 2 ** 32 - 1 }), same);
  holdsFor(uint64, safeNs, BigInt);
  holdsFor(bigUint64, uint64s, same);
  holdsFor(dateTime64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), same);
  holdsFor(attributes, arbitraryAttributes, same);
  holdsFor(array(uint64), fc.array(safeNs), (values) => values.map(BigInt));
  holdsFor(array(attributes), fc.array(arbitraryAttributes, { maxLength: 3 }), same);
  holdsFor(
    array(array(string)),
    fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 3 }),
    same,
  );
});

test('a block of spans has the columns of the table and every value of the spans', () => {
  fc.assert(
    fc.property(fc.array(arbitrarySpan(0n), { maxLength: 5 }), (spans) => {
      const block = decodeBlock(encodeBlock(new ByteWriter(16), SPAN_TABLE.columns, spans));
      const values = (name: string): unknown =>
        block.columns.find((candidate) => candidate.name === name)?.values;
      expect(block.columns).toHaveLength(22);
      expect(values('SpanName')).toEqual(spans.map((span) => span.name));
      expect(values('Timestamp')).toEqual(spans.map((span) => span.startEpochNs));
      expect(values('Duration')).toEqual(spans.map((span) => BigInt.asUintN(64, span.durationNs)));
      expect(values('SpanAttributes')).toEqual(spans.map((span) => span.attributes));
      expect(values('Events.Attributes')).toEqual(
        spans.map((span) => span.events.map((event) => event.attributes)),
      );
      expect(values('Links.SpanId')).toEqual(
        spans.map((span) => span.links.map((link) => link.spanId)),
      );
    }),
    { numRuns: 50 },
  );
});

test('a number is written as its digits', () => {
  const edges = [0, 9, 10, 99, 100, 127, 128, 999_999_999, 1_000_000_000, 2 ** 31 - 1];
  const out = new ByteWriter(4);
  for (const value of edges) out.decimal(value);
  const texts = new ByteWriter(4);
  for (const value of edges) texts.text(String(value));
  expect(out.bytes()).toEqual(texts.bytes());
});

test('a lone surrogate becomes the replacement character and shifts nothing', () => {
  const rows = ['a\ud800b', 'next', `${'x'.repeat(60)}\udc00`];
  const block = decodeBlock(
    encodeBlock(new ByteWriter(16), [column('v', string, (row: string) => row)], rows),
  );
  expect(block.columns[0]?.values).toEqual(['a\ufffdb', 'next', `${'x'.repeat(60)}\ufffd`]);
});

test('what ends before it starts is stored as the Collector stores it', () => {
  const [span] = fc.sample(arbitrarySpan(0n), { numRuns: 1, seed: 1 });
  const wild = {
    ...span!,
    durationNs: -5n,
    events: [{ epochNs: 2n ** 64n - 1n, name: 'e', attributes: {} }],
  };
  const block = decodeBlock(encodeBlock(new ByteWriter(16), SPAN_TABLE.columns, [wild]));
  expect(block.columns.find(({ name }) => name === 'Duration')?.values).toEqual([2n ** 64n - 5n]);
});
