import { textCache, type TextCache } from './text-cache.ts';

/** The end of the bytes that have come lies within a row. */
export class RowIncomplete extends Error {}

const INCOMPLETE = new RowIncomplete('the row goes on');

/**
 * Reads values of ClickHouse's RowBinary format out of the bytes that have come.
 * @throws RowIncomplete where a value reaches past them
 */
export class RowBinaryReader {
  at = 0;
  #bytes: Buffer = Buffer.alloc(0);
  readonly #texts: TextCache;

  /** `numberOf` gives each text the number that {@link textNumber} returns for it. */
  constructor(numberOf: (text: string) => number) {
    this.#texts = textCache(numberOf);
  }

  /** Goes on with what was not read, followed by more. */
  feed(chunk: Buffer, unreadFrom: number): void {
    const unread = this.#bytes.subarray(unreadFrom);
    this.#bytes = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    this.at = 0;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Returns bytes that were read. */
  bytes(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }

  uint8(): number {
    const value = this.#bytes[this.at];
    if (value === undefined) throw INCOMPLETE;
    this.at++;
    return value;
  }

  int64(): bigint {
    const { at } = this;
    this.skip(8);
    return this.#bytes.readBigInt64LE(at);
  }

  text(): string {
    const length = this.varint();
    const { at } = this;
    this.skip(length);
    return this.#texts.text(this.#bytes, at, at + length);
  }

  /** A text by its number. */
  textNumber(): number {
    const length = this.varint();
    const { at } = this;
    this.skip(length);
    return this.#texts.number(this.#bytes, at, at + length);
  }

  /** A text that is not likely to come again. */
  uniqueText(): string {
    const length = this.varint();
    const { at } = this;
    this.skip(length);
    return this.#bytes.toString('latin1', at, at + length);
  }

  skipText(): void {
    this.skip(this.varint());
  }

  skip(length: number): void {
    if (this.at + length > this.#bytes.length) throw INCOMPLETE;
    this.at += length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.uint8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}
