/** The longest text whose length is one byte. */
const SHORT_TEXT_BYTES = 0x7f;
const MAX_VARINT_BYTES = 5;

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

  /** Forgets what was written and keeps the memory for what comes. */
  clear(): void {
    this.#length = 0;
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

  uint8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  /** A whole number, 0 to 2^53. */
  uint64(value: number): void {
    this.#reserve(8);
    this.#bytes.writeUInt32LE(value % 2 ** 32, this.#length);
    this.#length = this.#bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.#length + 4);
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
