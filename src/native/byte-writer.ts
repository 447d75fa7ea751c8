import { isUtf8 } from 'node:buffer';

/** The longest text whose length is one byte. */
const SHORT_TEXT_BYTES = 0x7f;
const MAX_VARINT_BYTES = 5;

/** Up to so many, a loop is cheaper than a call out of JavaScript. */
const COPIED_BY_HAND = 32;
const HEX_DIGITS = Buffer.from('0123456789abcdef');

/** A growing run of bytes, little-endian, as ClickHouse's Native format wants them. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(initialBytes: number) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  /** How many bytes were written so far. */
  get length(): number {
    return this.#length;
  }

  /** Forgets what was written and keeps the memory for what comes, up to so many bytes of it. */
  clear(keptBytes = Number.POSITIVE_INFINITY): void {
    this.#length = 0;
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafeSlow(keptBytes);
  }

  /** Writes the bytes from `start` to `end` once more. */
  repeat(start: number, end: number): void {
    this.#reserve(end - start);
    this.#bytes.copyWithin(this.#length, start, end);
    this.#length += end - start;
  }

  /** Returns what was written so far, sharing its memory with the writer: valid until `clear`. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A whole number, 0 to 2^32 - 1, in as few bytes as it needs (LEB128). */
  varint(value: number): void {
    this.#reserve(MAX_VARINT_BYTES);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A text as UTF-8 after its length in bytes; a lone surrogate becomes U+FFFD. */
  text(value: string): void {
    if (value.length <= SHORT_TEXT_BYTES && this.#shortAscii(value)) return;
    const byteLength = Buffer.byteLength(value);
    this.varint(byteLength);
    this.#reserve(byteLength);
    this.#length += this.#bytes.write(value, this.#length, byteLength);
  }

  /** Bytes `start` to `end` of others, as they are. */
  copy(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    if (length > COPIED_BY_HAND) this.#bytes.set(from.subarray(start, end), this.#length);
    else for (let i = 0; i < length; i++) this.#bytes[this.#length + i] = from[start + i] ?? 0;
    this.#length += length;
  }

  /** All that another one holds. */
  append(other: ByteWriter): void {
    this.copy(other.#bytes, 0, other.#length);
  }

  /** A text that others hold as UTF-8, after its length; what is not UTF-8 becomes U+FFFD. */
  utf8(from: Buffer, start: number, end: number): void {
    const length = end - start;
    if (length > SHORT_TEXT_BYTES) {
      const text = from.subarray(start, end);
      if (!isUtf8(text)) return this.text(text.toString());
      this.varint(length);
      this.copy(from, start, end);
      return;
    }
    this.#reserve(1 + length);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = length;
    let all = 0;
    for (let i = start; i < end; i++) {
      const byte = from[i] ?? 0;
      all |= byte;
      bytes[at++] = byte;
    }
    if (all > 0x7f) {
      const text = from.subarray(start, end);
      if (!isUtf8(text)) return this.text(text.toString());
    }
    this.#length = at;
  }

  /** Bytes of others as text: lower-case hex after its length, of 63 bytes at most. */
  hex(from: Uint8Array, start: number, end: number): void {
    this.#reserve(1 + 2 * (end - start));
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = 2 * (end - start);
    for (let i = start; i < end; i++) {
      const byte = from[i] ?? 0;
      bytes[at++] = HEX_DIGITS[byte >>> 4] ?? 0;
      bytes[at++] = HEX_DIGITS[byte & 15] ?? 0;
    }
    this.#length = at;
  }

  /** Returns whether the text that begins with its length at `at` is that of bytes of others. */
  holdsText(at: number, from: Uint8Array, start: number, end: number): boolean {
    const bytes = this.#bytes;
    let [length, place] = [bytes[at] ?? 0, at + 1];
    if (length > SHORT_TEXT_BYTES) [length, place] = this.#longLength(at);
    if (length !== end - start) return false;
    for (let i = 0; i < length; i++) if (bytes[place + i] !== from[start + i]) return false;
    return true;
  }

  /** Returns the text that begins with its length at `at`. */
  textAt(at: number): string {
    const [length, place] = this.#longLength(at);
    return this.#bytes.toString('utf8', place, place + length);
  }

  /** Reads a length at `at`, and returns it and where it ends. */
  #longLength(at: number): [length: number, end: number] {
    let [length, factor, end] = [0, 1, at];
    let byte: number;
    do {
      byte = this.#bytes[end++] ?? 0;
      length += (byte & 0x7f) * factor;
      factor *= 0x80;
    } while (byte > SHORT_TEXT_BYTES);
    return [length, end];
  }

  /** Forgets what was written after the first `length` bytes. */
  truncate(length: number): void {
    this.#length = length;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number, 0 to 2^32 - 1. */
  uint32(value: number): void {
    this.#reserve(4);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = value;
    bytes[at++] = value >>> 8;
    bytes[at++] = value >>> 16;
    bytes[at++] = value >>> 24;
    this.#length = at;
  }

  /** A whole number, 0 to 2^53. */
  uint64(value: number): void {
    this.uint32(value % 2 ** 32);
    this.uint32(value < 2 ** 32 ? 0 : Math.floor(value / 2 ** 32));
  }

  /** A whole number, 0 to 2^31 - 1, as the text of its digits after their count. */
  decimal(value: number): void {
    let [digits, least] = [1, 10];
    while (value >= least) {
      digits++;
      least *= 10;
    }
    this.#reserve(1 + digits);
    const bytes = this.#bytes;
    bytes[this.#length] = digits;
    let rest = value;
    for (let at = this.#length + digits; at > this.#length; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.#length += 1 + digits;
  }

  bigUint64(value: bigint): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length);
  }

  bigInt64(value: bigint): void {
    this.#reserve(8);
    this.#length = this.#bytes.writeBigInt64LE(value, this.#length);
  }

  /**
   * Writes a text of ASCII and returns true, or nothing and false. Names, ids and numbers are most
   * of a span, and too short to be worth a call out of JavaScript: half of the encoder's time.
   */
  #shortAscii(value: string): boolean {
    this.#reserve(1 + value.length);
    const bytes = this.#bytes;
    let at = this.#length + 1;
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit > 0x7f) return false;
      bytes[at++] = unit;
    }
    bytes[this.#length] = value.length;
    this.#length = at;
    return true;
  }

  #reserve(moreBytes: number): void {
    const wanted = this.#length + moreBytes;
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
