/** Reads what native/block.ts writes: the types that callgauge inserts, and no others. */

export interface DecodedBlock {
  readonly rowCount: number;
  readonly columns: readonly DecodedColumn[];
}

export interface DecodedColumn {
  readonly name: string;
  readonly type: string;
  readonly values: readonly unknown[];
}

/** Returns the block; throws where bytes are missing or left over. */
export function decodeBlock(bytes: Buffer): DecodedBlock {
  const reader = new Reader(bytes);
  const columnCount = reader.varint();
  const rowCount = reader.varint();
  const columns = Array.from({ length: columnCount }, () => {
    const name = reader.text();
    const type = reader.text();
    return { name, type, values: decodeColumn(reader, type, rowCount) };
  });
  reader.assertEnd();
  return { rowCount, columns };
}

const DICTIONARY = 'LowCardinality(String)';

function decodeColumn(reader: Reader, type: string, count: number): readonly unknown[] {
  for (const _ of type.matchAll(/LowCardinality/gu)) {
    if (reader.uint64() !== 1n) throw new Error('a dictionary begins with its version');
  }
  return decodeValues(reader, type, count);
}

function decodeValues(reader: Reader, type: string, count: number): readonly unknown[] {
  const arrayOf = /^Array\((.*)\)$/u.exec(type)?.[1];
  if (arrayOf !== undefined) {
    const ends = repeat(count, () => Number(reader.uint64()));
    return slices(decodeValues(reader, arrayOf, ends.at(-1) ?? 0), ends);
  }
  const [, keyType, valueType] = /^Map\((.*), (.*)\)$/u.exec(type) ?? [];
  if (keyType !== undefined && valueType !== undefined) {
    const ends = repeat(count, () => Number(reader.uint64()));
    const size = ends.at(-1) ?? 0;
    const keys = slices(decodeValues(reader, keyType, size) as readonly string[], ends);
    const values = slices(decodeValues(reader, valueType, size), ends);
    return keys.map((row, index) =>
      Object.fromEntries(row.map((key, at) => [key, values[index]?.[at]])),
    );
  }
  if (type === DICTIONARY) return count === 0 ? [] : decodeNumbers(reader, count);
  if (type === 'String') return repeat(count, () => reader.text());
  if (type === 'Bool') return repeat(count, () => reader.uint8() === 1);
  if (type === 'UInt32' || type === "DateTime('UTC')") return repeat(count, () => reader.uint32());
  if (type === 'UInt64') return repeat(count, () => reader.uint64());
  if (type === "DateTime64(9, 'UTC')") return repeat(count, () => reader.int64());
  throw new Error(`no decoder for ${type}`);
}

function decodeNumbers(reader: Reader, count: number): readonly string[] {
  const flags = Number(reader.uint64());
  if (flags >> 8 !== 6) throw new Error('a dictionary has keys beside the block, and is new');
  const texts = repeat(Number(reader.uint64()), () => reader.text());
  if (Number(reader.uint64()) !== count) throw new Error(`numbers for ${count} rows`);
  const readNumber = [
    () => reader.uint8(),
    () => reader.uint8() | (reader.uint8() << 8),
    () => reader.uint32(),
  ][flags & 0xff];
  if (readNumber === undefined) throw new Error(`no width ${flags & 0xff}`);
  return repeat(count, () => {
    const text = texts[readNumber()];
    if (text === undefined) throw new Error('a number past its dictionary');
    return text;
  });
}

function repeat<T>(count: number, read: () => T): readonly T[] {
  return Array.from({ length: count }, read);
}

function slices<T>(items: readonly T[], ends: readonly number[]): readonly (readonly T[])[] {
  return ends.map((end, index) => items.slice(ends[index - 1] ?? 0, end));
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.uint8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  text(): string {
    const length = this.varint();
    const text = this.#bytes.toString('utf8', this.#at, this.#at + length);
    this.#at += length;
    return text;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32LE(this.#at - 4);
  }

  uint64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigUInt64LE(this.#at - 8);
  }

  int64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64LE(this.#at - 8);
  }

  assertEnd(): void {
    if (this.#at !== this.#bytes.length)
      throw new Error(`${this.#bytes.length - this.#at} bytes left`);
  }
}
