/** The longest text that takes one length byte even if every code unit becomes three bytes. */
const SHORT_TEXT_UNITS = Math.floor(0x7f / 3);
const MAX_VARINT_BYTES = 5;

/** A growing run of bytes, little-endian, as ClickHouse's Native format wants them. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(initialBytes: number) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
  }

  /** Returns what was written so far, sharing its memory with the writer. */
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
    if (value.length > SHORT_TEXT_UNITS) {
      const byteLength = Buffer.byteLength(value);
      this.varint(byteLength);
      this.#reserve(byteLength);
      this.#length += this.#bytes.write(value, this.#length, byteLength);
      return;
    }
    // Short texts are most of a span: written first, counted after, in one pass.
    this.#reserve(1 + value.length * 3);
    const byteLength = this.#bytes.write(value, this.#length + 1, value.length * 3);
    this.#bytes[this.#length] = byteLength;
    this.#length += 1 + byteLength;
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

  #reserve(moreBytes: number): void {
    const wanted = this.#length + moreBytes;
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
