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

function decodeColumn(reader: Reader, type: string, count: number): readonly unknown[] {
  const arrayOf = /^Array\((.*)\)$/u.exec(type)?.[1];
  if (arrayOf !== undefined) {
    const ends = repeat(count, () => Number(reader.uint64()));
    return slices(decodeColumn(reader, arrayOf, ends.at(-1) ?? 0), ends);
  }
  if (type === 'Map(String, String)') {
    const ends = repeat(count, () => Number(reader.uint64()));
    const size = ends.at(-1) ?? 0;
    const keys = slices(
      repeat(size, () => reader.text()),
      ends,
    );
    const values = slices(
      repeat(size, () => reader.text()),
      ends,
    );
    return keys.map((row, index) =>
      Object.fromEntries(row.map((key, at) => [key, values[index]?.[at]])),
    );
  }
  if (type === 'String') return repeat(count, () => reader.text());
  if (type === 'Bool') return repeat(count, () => reader.uint8() === 1);
  if (type === 'UInt32' || type === "DateTime('UTC')") return repeat(count, () => reader.uint32());
  if (type === 'UInt64') return repeat(count, () => reader.uint64());
  if (type === "DateTime64(9, 'UTC')") return repeat(count, () => reader.int64());
  throw new Error(`no decoder for ${type}`);
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
