import protobuf from 'protobufjs/minimal.js';
import type { ItemLimit } from './item-limit.ts';
import type { Remarks } from './export-notes.ts';

/** Wire types, for tags: `field << 3 | wire type`. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;

/**
 * protobufjs' Reader with what reading OTLP by hand needs beside it. A message is read as
 *
 *   const outer = reader.enter();
 *   while (reader.more()) switch (reader.tag()) { ... default: reader.pass(tag) }
 *   reader.leave(outer);
 *
 * Every method throws where the bytes end too early or make no sense.
 */
export class ProtobufReader extends protobuf.BufferReader {
  readonly body: Buffer;
  readonly items: ItemLimit;
  readonly remarks: Remarks;
  readonly #view: DataView;

  constructor(body: Buffer, items: ItemLimit, remarks: Remarks) {
    super(body);
    this.body = body;
    this.items = items;
    this.remarks = remarks;
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  }

  /** Narrows the reader to the message that begins here; returns what {@link leave} wants. */
  enter(): number {
    const outer = this.len;
    const length = this.size();
    if (this.pos + length > outer) throw new RangeError('a message ends beyond its parent');
    this.len = this.pos + length;
    return outer;
  }

  /** Returns whether the message that was entered goes on. */
  more(): boolean {
    return this.pos < this.len;
  }

  /** Goes on behind the message that was entered, wherever in it the reader is. */
  leave(outer: number): void {
    this.pos = this.len;
    this.len = outer;
  }

  /**
   * Returns the offset of a message to come back to, and counts it: the offset costs memory now.
   */
  noteOffset(): number {
    this.items.count();
    return this.pos;
  }

  /** Passes over the field whose tag was just read. */
  pass(tag: number): void {
    this.skipType(tag & 7, 0, tag >>> 3);
  }

  /** Likewise at a place that was passed over; the reader does not come back by itself. */
  enterAt(offset: number): number {
    this.pos = offset;
    this.len = this.body.length;
    return this.enter();
  }

  /** Passes over 64 bits, and returns where they lie. */
  skipFixed64(): number {
    const at = this.pos;
    this.skip(8);
    return at;
  }

  /** Returns a time of which {@link skipFixed64} said where it lies; 0 for undefined. */
  epochNsAt(at: number | undefined): bigint {
    return at === undefined ? 0n : this.#view.getBigUint64(at, true);
  }

  /** Returns 32 bits of it, from the byte `from` on. */
  wordAt(at: number | undefined, from: 0 | 4): number {
    return at === undefined ? 0 : this.#view.getUint32(at + from, true);
  }

  /** Reads an int64: a number where it is exact as one. */
  integer(): number | bigint {
    const { high, low } = this.int64();
    const value = high * 2 ** 32 + (low >>> 0);
    return Number.isSafeInteger(value) ? value : BigInt(high) * 2n ** 32n + BigInt(low >>> 0);
  }
}
