import { invariant } from '../core/index.ts';
import { lengthBytes, NUMBERED, textEnd, varintAt } from './block-columns.ts';
import { ByteWriter } from './byte-writer.ts';
import { DictionaryColumn, dictionaryFlags, numberWidth } from './dictionary-column.ts';
import { SPAN_TABLE, type SpanBlock } from './span-table.ts';

const WORD_BYTES = 8;
const MAP = /^Map\((.*), (.*)\)$/u;

/**
 * Returns some rows of a block, by their numbers, which ascend, as a block of their own whose
 * memory is nobody else's. `traceStates[i]`, where given, takes the place of what `rows[i]` has
 * there. Bytes are copied, and no span is made of them.
 */
export function pickedRows(
  block: SpanBlock,
  rows: ArrayLike<number>,
  traceStates: readonly (string | undefined)[] = [],
): SpanBlock {
  const { bytes } = block;
  const ranges = rangesOf(rows);
  const share = rows.length / Math.max(1, block.rows);
  const out = new ByteWriter(Math.ceil(bytes.length * share) + 2_048);
  out.varint(SPAN_TABLE.columns.length);
  out.varint(rows.length);
  const picker = new Picker(bytes, out);
  let at = lengthBytes(bytes, 0);
  invariant(varintAt(bytes, at) === block.rows, 'a block has as many rows as it says');
  at += lengthBytes(bytes, at);
  for (const { name } of SPAN_TABLE.columns) {
    const typeAt = textEnd(bytes, at);
    const typeEnd = textEnd(bytes, typeAt);
    const type = bytes.toString('latin1', typeAt + lengthBytes(bytes, typeAt), typeEnd);
    const dictionaries = type.split(NUMBERED).length - 1;
    const valuesAt = typeEnd + dictionaries * DictionaryColumn.PREFIX.length;
    out.copy(bytes, at, valuesAt);
    at =
      name === 'TraceState' && traceStates.length > 0
        ? picker.replaceTexts(valuesAt, block.rows, rows, traceStates)
        : picker.copyColumn(type, valuesAt, block.rows, ranges);
  }
  const picked = Buffer.allocUnsafeSlow(out.length);
  out.bytes().copy(picked);
  return { rows: rows.length, bytes: picked };
}

/** Where items begin and where they end, by turns: what stands in a row is one range. */
type Ranges = readonly number[];

function rangesOf(rows: ArrayLike<number>): Ranges {
  const ranges: number[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    if (ranges.at(-1) === row) ranges[ranges.length - 1] = row + 1;
    else ranges.push(row, row + 1);
  }
  return ranges;
}

/** Copies items of columns; each method returns where the column ends. */
class Picker {
  readonly #bytes: Buffer;
  readonly #out: ByteWriter;

  constructor(bytes: Buffer, out: ByteWriter) {
    this.#bytes = bytes;
    this.#out = out;
  }

  copyColumn(type: string, at: number, count: number, ranges: Ranges): number {
    if (type === 'String') return this.#copyTexts(at, count, ranges);
    if (type === NUMBERED) return this.#copyNumbers(at, count, ranges);
    const [, keyType, valueType] = MAP.exec(type) ?? [];
    if (keyType !== undefined && valueType !== undefined) {
      const items = this.#copyEnds(at, count, ranges);
      const keysAt = at + count * WORD_BYTES;
      const valuesAt = this.copyColumn(keyType, keysAt, items.count, items.ranges);
      return this.copyColumn(valueType, valuesAt, items.count, items.ranges);
    }
    if (type.startsWith('Array(')) {
      const items = this.#copyEnds(at, count, ranges);
      const itemType = type.slice('Array('.length, -1);
      return this.copyColumn(itemType, at + count * WORD_BYTES, items.count, items.ranges);
    }
    for (let i = 0; i < ranges.length; i += 2) {
      const [from = 0, to = 0] = [ranges[i], ranges[i + 1]];
      this.#out.copy(this.#bytes, at + from * WORD_BYTES, at + to * WORD_BYTES);
    }
    return at + count * WORD_BYTES;
  }

  replaceTexts(
    at: number,
    count: number,
    rows: ArrayLike<number>,
    texts: readonly (string | undefined)[],
  ): number {
    let [row, start] = [0, at];
    for (let i = 0; i < rows.length; i++) {
      start = this.#skipTexts(start, (rows[i] ?? 0) - row);
      const end = this.#skipTexts(start, 1);
      const text = texts[i];
      if (text === undefined) this.#out.copy(this.#bytes, start, end);
      else this.#out.text(text);
      row = (rows[i] ?? 0) + 1;
      start = end;
    }
    return this.#skipTexts(start, count - row);
  }

  #copyTexts(at: number, count: number, ranges: Ranges): number {
    let [item, start] = [0, at];
    for (let i = 0; i < ranges.length; i += 2) {
      const [from = 0, to = 0] = [ranges[i], ranges[i + 1]];
      start = this.#skipTexts(start, from - item);
      const end = this.#skipTexts(start, to - from);
      this.#out.copy(this.#bytes, start, end);
      item = to;
      start = end;
    }
    return this.#skipTexts(start, count - item);
  }

  /** Copies numbers, and of their dictionary the texts that they stand for. */
  #copyNumbers(at: number, count: number, ranges: Ranges): number {
    if (count === 0) return at;
    const bytes = this.#bytes;
    const width = 1 << (bytes[at] ?? 0);
    const textCount = this.#word(at + WORD_BYTES);
    const textStarts = new Uint32Array(textCount + 1);
    let end = at + 2 * WORD_BYTES;
    for (let number = 0; number < textCount; number++) {
      textStarts[number] = end;
      end = textEnd(bytes, end);
    }
    textStarts[textCount] = end;
    const numbersAt = end + WORD_BYTES;
    // One more than the number that a text has among those that are copied.
    const renumbered = new Uint32Array(textCount);
    const texts: number[] = [];
    const numbers: number[] = [];
    for (let i = 0; i < ranges.length; i += 2) {
      const [from = 0, to = 0] = [ranges[i], ranges[i + 1]];
      for (let item = from; item < to; item++) {
        const number = bytes.readUIntLE(numbersAt + item * width, width);
        if (renumbered[number] === 0) renumbered[number] = texts.push(number);
        numbers.push((renumbered[number] ?? 0) - 1);
      }
    }
    if (numbers.length > 0) this.#writeNumbers(numbers, texts, textStarts);
    return numbersAt + count * width;
  }

  #writeNumbers(
    numbers: readonly number[],
    texts: readonly number[],
    textStarts: Uint32Array,
  ): void {
    const out = this.#out;
    const width = numberWidth(texts.length);
    out.uint64(dictionaryFlags(width));
    out.uint64(texts.length);
    for (const text of texts) {
      out.copy(this.#bytes, textStarts[text] ?? 0, textStarts[text + 1] ?? 0);
    }
    out.uint64(numbers.length);
    for (const number of numbers) {
      if (width === 4) out.uint32(number);
      else {
        out.uint8(number & 0xff);
        if (width === 2) out.uint8(number >>> 8);
      }
    }
  }

  #skipTexts(at: number, count: number): number {
    let end = at;
    for (let left = count; left > 0; left--) end = textEnd(this.#bytes, end);
    return end;
  }

  /** Copies where arrays end, counted anew, and returns which of their items go with them. */
  #copyEnds(
    at: number,
    count: number,
    ranges: Ranges,
  ): { readonly count: number; readonly ranges: Ranges } {
    const endOf = (row: number): number => (row < 0 ? 0 : this.#word(at + row * WORD_BYTES));
    const items: number[] = [];
    let copied = 0;
    for (let i = 0; i < ranges.length; i += 2) {
      const [from = 0, to = 0] = [ranges[i], ranges[i + 1]];
      const first = endOf(from - 1);
      for (let row = from; row < to; row++) this.#out.uint64(copied + endOf(row) - first);
      const last = endOf(to - 1);
      copied += last - first;
      if (last > first) items.push(first, last);
    }
    return { count: endOf(count - 1), ranges: items };
  }

  #word(at: number): number {
    return this.#bytes.readUInt32LE(at) + this.#bytes.readUInt32LE(at + 4) * 2 ** 32;
  }
}
