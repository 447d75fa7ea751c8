const LENGTH_DELIMITED = 2;
const FIXED_64 = 1;
const VARINT = 0;

/**
 * Writes a protobuf message from its end to its begin: the length of what lies in a field is known
 * when its tag is written, and nothing is moved. Fields are written last first.
 */
export class BackwardWriter {
  #bytes: Buffer;
  #at: number;

  constructor(initialBytes: number) {
    this.#bytes = Buffer.allocUnsafe(initialBytes);
    this.#at = initialBytes;
  }

  /** How many bytes were written so far: what is written next ends so far before the end. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  clear(): void {
    this.#at = this.#bytes.length;
  }

  /** Returns a copy of what was written. */
  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#at));
  }

  text(field: number, value: string): void {
    const byteLength = Buffer.byteLength(value);
    this.#reserve(byteLength);
    this.#at -= byteLength;
    this.#bytes.write(value, this.#at, byteLength);
    this.#delimited(field, byteLength);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#reserve(value.length);
    this.#at -= value.length;
    this.#bytes.set(value, this.#at);
    this.#delimited(field, value.length);
  }

  /** A whole number of 0 to 2^31 - 1. */
  varint(field: number, value: number): void {
    this.#varint(value);
    this.#tag(field, VARINT);
  }

  fixed64(field: number, value: bigint): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#bytes.writeBigUInt64LE(value, this.#at);
    this.#tag(field, FIXED_64);
  }

  /** A message whose fields `write` writes, last first. */
  message(field: number, write: () => void): void {
    const before = this.length;
    write();
    this.#delimited(field, this.length - before);
  }

  #delimited(field: number, byteLength: number): void {
    this.#varint(byteLength);
    this.#tag(field, LENGTH_DELIMITED);
  }

  #tag(field: number, wireType: number): void {
    this.#varint((field << 3) | wireType);
  }

  #varint(value: number): void {
    this.#reserve(5);
    let size = 1;
    while (value >>> (7 * size) > 0) size++;
    this.#at -= size;
    for (let i = 0; i < size; i++) {
      const more = i < size - 1 ? 0x80 : 0;
      this.#bytes[this.#at + i] = ((value >>> (7 * i)) & 0x7f) | more;
    }
  }

  #reserve(moreBytes: number): void {
    if (moreBytes <= this.#at) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.length + moreBytes));
    const at = grown.length - this.length;
    this.#bytes.copy(grown, at, this.#at);
    this.#bytes = grown;
    this.#at = at;
  }
}
