import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ByteWriter, DictionaryColumn, textHash } from '../../src/native/index.ts';
import { text } from '../arbitrary-span.ts';
import { decodeBlock } from './native-decoder.ts';

const KEPT = 1_000;
const TYPE = 'LowCardinality(String)';

/** Returns the texts of a column as a block holds them. */
function read(column: DictionaryColumn): readonly unknown[] {
  const head = new ByteWriter(64);
  head.varint(1);
  head.varint(column.length);
  head.text('v');
  head.text(TYPE);
  const bytes = Buffer.alloc(head.length + DictionaryColumn.PREFIX.length + column.byteLength);
  head.bytes().copy(bytes);
  bytes.set(DictionaryColumn.PREFIX, head.length);
  const end = column.writeTo(bytes, head.length + DictionaryColumn.PREFIX.length);
  expect(end).toBe(bytes.length);
  return decodeBlock(bytes).columns[0]?.values ?? [];
}

function push(column: DictionaryColumn, texts: readonly string[], hashOf = textHash): void {
  for (const each of texts) {
    const bytes = Buffer.from(each);
    const hash = hashOf(bytes, 0, bytes.length);
    column.push(column.numberOf(bytes, 0, bytes.length, hash));
  }
}

it('holds every row, also once it is filled again', () => {
  const column = new DictionaryColumn();
  fc.assert(
    fc.property(fc.array(text), fc.array(text), (texts, more) => {
      column.clear(KEPT);
      push(column, [...texts, ...texts]);
      expect(read(column)).toEqual([...texts, ...texts]);
      column.truncate(texts.length);
      push(column, more);
      expect(read(column)).toEqual([...texts, ...more]);
    }),
  );
});

it.each([0, 1, 256, 257, 65_536, 65_537])('holds %i different texts', (count) => {
  const column = new DictionaryColumn();
  const texts = Array.from({ length: count }, (_, i) => `text ${i}`);
  push(column, texts);
  expect(read(column)).toEqual(texts);
  column.clear(KEPT);
  push(column, ['other']);
  expect(read(column)).toEqual(['other']);
});

it('has each text once, and numbers of one byte while there are 256', () => {
  const column = new DictionaryColumn();
  const texts = Array.from({ length: 5_000 }, (_, i) => `text ${i % 256}`);
  push(column, texts);
  const ofTexts = texts.slice(0, 256).reduce((sum, { length }) => sum + 1 + length, 0);
  expect(column.byteLength).toBe(24 + ofTexts + texts.length);
});

it('takes what is no UTF-8 as replacement characters', () => {
  const column = new DictionaryColumn();
  const broken = Buffer.from([0x61, 0xff, 0x62]);
  for (let i = 0; i < 2; i++) {
    column.push(column.numberOf(broken, 0, 3, textHash(broken, 0, 3)));
  }
  push(column, ['a\ufffdb']);
  expect(read(column)).toEqual(['a\ufffdb', 'a\ufffdb', 'a\ufffdb']);
});

it('does not look for long among texts that share a hash', () => {
  const column = new DictionaryColumn();
  const texts = Array.from({ length: 20_000 }, (_, i) => `text ${i}`);
  let compared = 0;
  const watched = texts.map((each) => {
    const bytes = Buffer.from(each);
    return new Proxy(bytes, {
      get: (of, key) => {
        // What a comparison asks for first.
        if (key === '0') compared++;
        const value: unknown = Reflect.get(of, key, of);
        return typeof value === 'function' ? (value.bind(of) as unknown) : value;
      },
    });
  });
  for (const bytes of watched) column.push(column.numberOf(bytes, 0, bytes.length, 7));
  expect(read(column)).toEqual(texts);
  expect(compared).toBeLessThan(20 * texts.length);
});
