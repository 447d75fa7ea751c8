import { invariant } from '../../core/index.ts';
import type { ByteSource } from './byte-source.ts';

/** Is told of a text of a column: where its bytes lie, and its number among those of the column. */
export type TakeText = (bytes: Buffer, from: number, to: number, index: number) => void;

/**
 * Reads a String column of ClickHouse's Native format, text by text, while it comes.
 * @throws BytesEnd
 */
export async function readTexts(source: ByteSource, count: number, take: TakeText): Promise<void> {
  for (let index = 0; index < count;) {
    const { bytes } = source;
    let { at } = source;
    const before = index;
    for (; index < count; index++) {
      let [length, scale, from] = [0, 1, at];
      let byte = bytes[from++];
      while (byte !== undefined && byte >= 0x80) {
        length += (byte & 0x7f) * scale;
        scale *= 128;
        byte = bytes[from++];
      }
      if (byte === undefined) break;
      length += byte * scale;
      if (from + length > bytes.length) break;
      take(bytes, from, from + length, index);
      at = from + length;
    }
    source.at = at;
    if (index < count && index === before) await source.more();
  }
}

/** Reads a column of 64-bit numbers, which lie as in the memory of a little-endian machine. */
export async function readInt64s(source: ByteSource, count: number): Promise<BigInt64Array> {
  return new BigInt64Array((await source.copy(8 * count)).buffer as ArrayBuffer, 0, count);
}

/** Likewise of Float64. */
export async function readFloat64s(source: ByteSource, count: number): Promise<Float64Array> {
  return new Float64Array((await source.copy(8 * count)).buffer as ArrayBuffer, 0, count);
}

/** Reads the ends of the arrays of a column, counted in items from the first. */
export async function readEnds(source: ByteSource, count: number): Promise<Uint32Array> {
  const halves = new Uint32Array((await source.copy(8 * count)).buffer as ArrayBuffer);
  return new Uint32Array(count).map((_, i) => halves[2 * i] ?? 0);
}

/** Gives texts their numbers. */
export type NumberText = (bytes: Buffer, from: number, to: number) => number;

/** How texts lie in a column: one after another, or as numbers into a dictionary of the block. */
export type TextType = 'String' | 'LowCardinality(String)';

export function isTextType(type: string): type is TextType {
  return type === 'String' || type === 'LowCardinality(String)';
}

/** What stands before a column that has a dictionary. */
export async function readPrefix(source: ByteSource, type: TextType): Promise<void> {
  if (type === 'String') return;
  const version = await source.uint64();
  invariant(version === DICTIONARY_VERSION, `a dictionary of version ${version}`);
}

/** Reads a column of texts behind its prefix, each as the number that `numberOf` gives it. */
export async function readNumbers(
  source: ByteSource,
  { type, count }: { readonly type: TextType; readonly count: number },
  numberOf: NumberText,
): Promise<Uint32Array> {
  const numbers = new Uint32Array(count);
  if (type === 'String') {
    await readTexts(source, count, (bytes, from, to, i) => {
      numbers[i] = numberOf(bytes, from, to);
    });
    return numbers;
  }
  // Of no rows not even the dictionary is there.
  if (count === 0) return numbers;
  const flags = await source.copy(8);
  const dictionary = new Uint32Array(await source.uint64());
  await readTexts(source, dictionary.length, (bytes, from, to, i) => {
    dictionary[i] = numberOf(bytes, from, to);
  });
  const rows = await source.uint64();
  invariant(rows === count, `${rows} numbers into a dictionary for ${count} rows`);
  const width = 1 << (flags[0] ?? 0);
  const { buffer } = await source.copy(width * count);
  const Places = width === 1 ? Uint8Array : width === 2 ? Uint16Array : Uint32Array;
  const places = new Places(buffer as ArrayBuffer);
  const step = width === 8 ? 2 : 1;
  for (let i = 0; i < count; i++) numbers[i] = dictionary[places[i * step] ?? 0] ?? 0;
  return numbers;
}

/** Dictionaries whose keys stand with the block, the only ones that are sent. */
const DICTIONARY_VERSION = 1;
