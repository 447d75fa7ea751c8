/** What {@link BlockCursor.next} has come to. */
export const BLOCK_END = 0;
export const INDEXED = 1;
export const LITERAL = 2;
export const SIZE_UPDATE = 3;
/** The block has no form. */
export const BAD_BLOCK = 4;
export type BlockItem =
  | typeof BLOCK_END
  | typeof INDEXED
  | typeof LITERAL
  | typeof SIZE_UPDATE
  | typeof BAD_BLOCK;

/** Larger numbers have no place in what we take: no index, no length, no size. */
const INTEGER_MAX = 0xff_ffff;
const BAD_INTEGER = -1;

/** The bounds of a string in the block. */
export interface BlockString {
  from: number;
  to: number;
  isHuffman: boolean;
}

/**
 * Goes through a block of fields from one to the next without decoding their texts.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-6
 */
export class BlockCursor {
  /** Of an indexed field or of a literal's name, 0 where that is a text; or the new table size. */
  index = 0;
  /** The texts of a literal; a name only where `index` is 0. */
  readonly name: BlockString = { from: 0, to: 0, isHuffman: false };
  readonly value: BlockString = { from: 0, to: 0, isHuffman: false };
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #to = 0;
  #sawField = false;

  /** Goes to the begin of the block in the bytes `from` to `to` (excluded). */
  begin(bytes: Uint8Array, from: number, to: number): void {
    this.#bytes = bytes;
    this.#at = from;
    this.#to = to;
    this.#sawField = false;
  }

  next(): BlockItem {
    if (this.#at >= this.#to) return BLOCK_END;
    const first = this.#bytes[this.#at] ?? 0;
    if (first >= 0x80) {
      this.#sawField = true;
      this.index = this.#integer(7);
      return this.index > 0 ? INDEXED : BAD_BLOCK;
    }
    // One that is to be added to the dynamic table; we have none.
    if (first >= 0x40) return this.#literal(6);
    if (first < 0x20) return this.#literal(4);
    this.index = this.#integer(5);
    // The table's size may change at the begin of a block only.
    return this.index === BAD_INTEGER || this.#sawField ? BAD_BLOCK : SIZE_UPDATE;
  }

  #literal(prefixBits: number): BlockItem {
    this.#sawField = true;
    this.index = this.#integer(prefixBits);
    if (this.index === BAD_INTEGER) return BAD_BLOCK;
    if (this.index === 0 && !this.#string(this.name)) return BAD_BLOCK;
    return this.#string(this.value) ? LITERAL : BAD_BLOCK;
  }

  #string(string: BlockString): boolean {
    if (this.#at >= this.#to) return false;
    string.isHuffman = (this.#bytes[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(7);
    if (length === BAD_INTEGER || length > this.#to - this.#at) return false;
    string.from = this.#at;
    this.#at += length;
    string.to = this.#at;
    return true;
  }

  /** Returns the number whose first bits are the lowest of the next byte. */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = (this.#bytes[this.#at++] ?? 0) & mask;
    if (value < mask) return value;
    // Four bytes more say any number that we take: longer ones are only made long.
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#at >= this.#to) return BAD_INTEGER;
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) << shift;
      if (byte < 128) return value > INTEGER_MAX ? BAD_INTEGER : value;
    }
    return BAD_INTEGER;
  }
}
