import { invariant, type Attributes } from '../core/index.ts';
import { DictionaryColumn } from './dictionary-column.ts';
import { SPAN_TABLE, type SpanBlock } from './span-table.ts';

/** Reads the values of one column, from the first to the last. */
export type Cursor = TextCursor | Words | Maps | Arrays;

/** 64-bit whole numbers with a sign. */
export class Words {
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number, count: number) {
    this.#bytes = bytes;
    this.start = at;
    this.#at = at;
    this.end = at + count * 8;
  }

  next(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64LE(this.#at - 8);
  }

  /** As a number with its sign; exact below 2^53. */
  nextSigned(): number {
    this.#at += 8;
    return this.#bytes.readUInt32LE(this.#at - 8) + this.#bytes.readInt32LE(this.#at - 4) * 2 ** 32;
  }

  /** As a number; exact below 2^53. */
  nextNumber(): number {
    this.#at += 8;
    return (
      this.#bytes.readUInt32LE(this.#at - 8) + this.#bytes.readUInt32LE(this.#at - 4) * 2 ** 32
    );
  }
}

/** Texts, whichever way they lie. */
export interface TextCursor {
  readonly start: number;
  readonly end: number;
  /** Where the next one lies. */
  readonly at: number;
  /** Goes on at a place where one lies. */
  back(at: number): void;
  /** Passes over some. */
  skip(count: number): void;
  next(): string;
}

/** One after another, each after its length. */
export class Texts implements TextCursor {
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;
  #at: number;
  #last = '';
  #lastStart = 0;

  constructor(bytes: Buffer, at: number, count: number) {
    this.#bytes = bytes;
    this.start = at;
    this.#at = at;
    let end = at;
    for (let left = count; left > 0; left--) end = textEnd(bytes, end);
    this.end = end;
  }

  get at(): number {
    return this.#at;
  }

  back(at: number): void {
    this.#at = at;
  }

  skip(count: number): void {
    for (let left = count; left > 0; left--) this.#at = textEnd(this.#bytes, this.#at);
  }

  next(): string {
    const start = this.#at;
    this.skip(1);
    const end = this.#at;
    // Neighbours have the same service, scope, name or kind mostly.
    const lastEnd = this.#lastStart + (end - start);
    if (this.#lastStart > 0 && areSame(this.#bytes, start, end, this.#lastStart, lastEnd)) {
      return this.#last;
    }
    this.#lastStart = start;
    const textStart = start + lengthBytes(this.#bytes, start);
    this.#last = this.#bytes.toString('utf8', textStart, end);
    return this.#last;
  }
}

/** Numbers into a dictionary, as {@link DictionaryColumn} writes them. */
class NumberedTexts implements TextCursor {
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;
  readonly #width: number = 1;
  readonly #texts: string[] = [];
  #at: number;

  constructor(bytes: Buffer, at: number, count: number) {
    this.#bytes = bytes;
    this.start = at;
    this.#at = at;
    if (count > 0) {
      this.#width = 1 << (bytes[at] ?? 0);
      const textCount = new Words(bytes, at + 8, 1).nextNumber();
      const texts = new Texts(bytes, at + 16, textCount);
      for (let left = textCount; left > 0; left--) this.#texts.push(texts.next());
      const rows = new Words(bytes, texts.end, 1).nextNumber();
      invariant(rows === count, 'a dictionary has as many numbers as its column has rows');
      this.#at = texts.end + 8;
    }
    this.end = this.#at + count * this.#width;
  }

  get at(): number {
    return this.#at;
  }

  back(at: number): void {
    this.#at = at;
  }

  skip(count: number): void {
    this.#at += count * this.#width;
  }

  next(): string {
    const number = this.#bytes.readUIntLE(this.#at, this.#width);
    this.#at += this.#width;
    return this.#texts[number] ?? '';
  }
}

export class Arrays {
  readonly start: number;
  readonly end: number;
  readonly items: Cursor;
  readonly #ends: Words;
  #before = 0;

  constructor(bytes: Buffer, at: number, count: number, itemType: string) {
    this.start = at;
    this.#ends = new Words(bytes, at, count);
    const total = lastOf(bytes, this.#ends, count);
    this.items = cursorOf(itemType, bytes, this.#ends.end, total);
    this.end = this.items.end;
  }

  /** Returns how many items the next array has. */
  nextLength(): number {
    const before = this.#before;
    this.#before = this.#ends.nextNumber();
    return this.#before - before;
  }
}

export class Maps {
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;
  readonly #ends: Words;
  readonly #keys: TextCursor;
  readonly #values: TextCursor;
  #before = 0;
  #last: Attributes = {};
  #lastCount = -1;
  #lastAt: readonly [keys: number, values: number] = [0, 0];

  constructor(bytes: Buffer, at: number, count: number, [keyType, valueType]: readonly string[]) {
    this.#bytes = bytes;
    this.start = at;
    this.#ends = new Words(bytes, at, count);
    const total = lastOf(bytes, this.#ends, count);
    this.#keys = textsOf(keyType, bytes, this.#ends.end, total);
    this.#values = textsOf(valueType, bytes, this.#keys.end, total);
    this.end = this.#values.end;
  }

  /** Returns the object that it returned before where that has the same bytes. */
  next(): Attributes {
    const end = this.#ends.nextNumber();
    const count = end - this.#before;
    this.#before = end;
    const at = [this.#keys.at, this.#values.at] as const;
    if (count === this.#lastCount && this.#isLast(count)) return this.#last;
    const attributes: Record<string, string> = {};
    for (let left = count; left > 0; left--) {
      const name = this.#keys.next();
      // Assigned to, it would be the prototype.
      if (name === '__proto__') defineText(attributes, name, this.#values.next());
      else attributes[name] = this.#values.next();
    }
    this.#lastAt = at;
    this.#lastCount = count;
    return (this.#last = attributes);
  }

  /** Passes over the next ones where they are the last once more. */
  #isLast(count: number): boolean {
    const [keysFrom, valuesFrom] = [this.#keys.at, this.#values.at];
    this.#values.skip(count);
    const isSame = this.#isSame(valuesFrom, this.#values.at, this.#lastAt[1]);
    if (isSame) {
      this.#keys.skip(count);
      if (this.#isSame(keysFrom, this.#keys.at, this.#lastAt[0])) return true;
      this.#keys.back(keysFrom);
    }
    this.#values.back(valuesFrom);
    return false;
  }

  #isSame(from: number, to: number, lastFrom: number): boolean {
    return areSame(this.#bytes, from, to, lastFrom, lastFrom + (to - from));
  }
}

function cursorOf(type: string, bytes: Buffer, at: number, count: number): Cursor {
  if (type === 'String' || type === NUMBERED) return textsOf(type, bytes, at, count);
  const map = /^Map\((.*), (.*)\)$/u.exec(type);
  if (map) return new Maps(bytes, at, count, map.slice(1));
  const item = /^Array\((.*)\)$/u.exec(type)?.[1];
  return item === undefined ? new Words(bytes, at, count) : new Arrays(bytes, at, count, item);
}

export const NUMBERED = 'LowCardinality(String)';
/** Stands before a column for each dictionary in it. */
const PREFIX_BYTES = DictionaryColumn.PREFIX.length;

function textsOf(type: string | undefined, bytes: Buffer, at: number, count: number): TextCursor {
  return type === NUMBERED ? new NumberedTexts(bytes, at, count) : new Texts(bytes, at, count);
}

/** Finds where the columns begin: each begins where the one before it ends. */
export function columnsOf({ bytes, rows }: SpanBlock): ReadonlyMap<string, Cursor> {
  const head = new Texts(bytes, 0, 0);
  const counts = [varintAt(bytes, 0), 0];
  counts[1] = varintAt(bytes, lengthBytes(bytes, 0));
  invariant(
    counts[0] === SPAN_TABLE.columns.length && counts[1] === rows,
    'a block of spans has their columns, and as many rows as it says',
  );
  head.back(lengthBytes(bytes, 0) + lengthBytes(bytes, lengthBytes(bytes, 0)));
  const columns = new Map<string, Cursor>();
  for (const { name, type } of SPAN_TABLE.columns) {
    const [nameThere, typeThere] = [head.next(), head.next()];
    const isInPlace = nameThere === name && typeThere.replaceAll(NUMBERED, 'String') === type;
    invariant(isInPlace, `${name} is in its place`);
    const dictionaries = typeThere.split(NUMBERED).length - 1;
    const cursor = cursorOf(typeThere, bytes, head.at + dictionaries * PREFIX_BYTES, rows);
    columns.set(name, cursor);
    head.back(cursor.end);
  }
  return columns;
}

/** Returns how many items the arrays have together, from the end of the last. */
function lastOf(bytes: Buffer, ends: Words, count: number): number {
  return count === 0 ? 0 : new Words(bytes, ends.end - 8, 1).nextNumber();
}

function areSame(bytes: Buffer, from: number, to: number, from2: number, to2: number): boolean {
  return bytes[to - 1] === bytes[to2 - 1] && bytes.compare(bytes, from2, to2, from, to) === 0;
}

/** Reads a whole number in LEB128. */
export function varintAt(bytes: Buffer, at: number): number {
  let value = 0;
  for (let position = at, factor = 1; ; factor *= 0x80) {
    const byte = bytes[position++] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}

export function lengthBytes(bytes: Buffer, at: number): number {
  let end = at;
  while ((bytes[end++] ?? 0) >= 0x80);
  return end - at;
}

/** Returns where a text ends that begins with its length. */
export function textEnd(bytes: Buffer, at: number): number {
  const length = bytes[at] ?? 0;
  return length < 0x80 ? at + 1 + length : at + lengthBytes(bytes, at) + varintAt(bytes, at);
}

function defineText(into: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(into, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
