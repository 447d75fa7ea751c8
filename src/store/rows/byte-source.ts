/** The bytes end within a value. */
export class BytesEnd extends Error {}

/** Bytes that come in pieces, read from front to back; only what was not read yet is kept. */
export class ByteSource {
  /** What has come and is not read begins at `at`; whoever reads it moves that. */
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  readonly #pieces: AsyncIterator<Buffer>;

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Waits for the next piece; returns false where there is none. */
  async hasMore(): Promise<boolean> {
    for (;;) {
      const next = await this.#pieces.next();
      if (next.done) return false;
      if (next.value.length === 0) continue;
      const left = this.bytes.subarray(this.at);
      this.bytes = left.length === 0 ? next.value : Buffer.concat([left, next.value]);
      this.at = 0;
      return true;
    }
  }

  /** @throws BytesEnd where there is no next piece */
  async more(): Promise<void> {
    if (!(await this.hasMore())) throw new BytesEnd('the bytes end here');
  }

  async uint8(): Promise<number> {
    while (this.at >= this.bytes.length) await this.more();
    return this.bytes[this.at++] ?? 0;
  }

  /** A whole number below 2^53, in as many bytes as it needs (LEB128). */
  async varint(): Promise<number> {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = await this.uint8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** A 64-bit number that is below 2^53. */
  async uint64(): Promise<number> {
    const bytes = await this.copy(8);
    return bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32;
  }

  async text(): Promise<string> {
    return (await this.copy(await this.varint())).toString('utf8');
  }

  /** Returns the next so many bytes in memory of their own, at whose beginning numbers may lie. */
  async copy(length: number): Promise<Buffer> {
    const whole = Buffer.from(new ArrayBuffer(length));
    for (let have = 0; have < length;) {
      if (this.at >= this.bytes.length) await this.more();
      const end = Math.min(this.bytes.length, this.at + length - have);
      this.bytes.copy(whole, have, this.at, end);
      have += end - this.at;
      this.at = end;
    }
    return whole;
  }
}
