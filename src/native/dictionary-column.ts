import { ByteWriter } from './byte-writer.ts';

/**
 * A text that is not found after so many steps is added once more: texts whose hashes were chosen
 * to be the same cost no more than others.
 */
const STEPS_MAX = 16;
const SLOTS_MIN = 64;
const TEXT_BYTES = 1_024;
const ROWS_MIN = 256;
/** The widths of numbers are 1, 2 and 4 bytes, by these exponents; keys stand with the block. */
const HAS_KEYS = 1 << 9;
const NEEDS_NEW_DICTIONARY = 1 << 10;

/** Returns the bytes of a number into a dictionary of so many texts. */
export function numberWidth(textCount: number): 1 | 2 | 4 {
  if (textCount <= 0x1_00) return 1;
  return textCount <= 0x1_00_00 ? 2 : 4;
}

/** Returns what stands at the beginning of a column with numbers of so many bytes. */
export function dictionaryFlags(width: 1 | 2 | 4): number {
  return Math.log2(width) | HAS_KEYS | NEEDS_NEW_DICTIONARY;
}

/** Returns the hash of a text in bytes, as {@link DictionaryColumn.numberOf} wants it. */
export function textHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash;
}

/**
 * A column of texts that come again and again, while rows are added: numbers into a dictionary of
 * its block, ClickHouse's `LowCardinality(String)`. It lies in the Native format as
 *
 *   width and flags │ count of texts │ texts │ count of rows │ numbers        (nothing for no rows)
 *
 * The server casts it where a table has a plain String.
 */
export class DictionaryColumn {
  /** What stands before the column, and before the ends of the arrays or maps that hold it. */
  static readonly PREFIX: Uint8Array = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);

  /** Each after its length. */
  readonly #texts = new ByteWriter(TEXT_BYTES);
  /** Of each text, in the bytes of all. */
  #starts = new Int32Array(SLOTS_MIN);
  #hashes = new Int32Array(SLOTS_MIN);
  #textCount = 0;
  /** One more than the number of a text, by its hash; 0 is empty. */
  #slots = new Int32Array(2 * SLOTS_MIN);
  #rows = new Uint32Array(ROWS_MIN);
  #length = 0;

  /** How many rows were added. */
  get length(): number {
    return this.#length;
  }

  /** How many bytes the column has, without its prefix. */
  get byteLength(): number {
    return this.#length === 0 ? 0 : 24 + this.#texts.length + this.#length * this.#width;
  }

  /** Forgets rows and texts, and keeps the memory for what comes, up to so many of each. */
  clear(kept: number): void {
    if (this.#textCount > kept || this.#length > kept) {
      this.#starts = new Int32Array(SLOTS_MIN);
      this.#hashes = new Int32Array(SLOTS_MIN);
      this.#slots = new Int32Array(2 * SLOTS_MIN);
      this.#rows = new Uint32Array(ROWS_MIN);
    } else this.#slots.fill(0);
    this.#texts.clear(kept);
    this.#textCount = 0;
    this.#length = 0;
  }

  /** Forgets the rows behind the first `length`. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Returns the number of a text, UTF-8 or made so; `hash` is its {@link textHash}. */
  numberOf(from: Buffer, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = slotOf(hash) & mask;
    for (let step = 0; step < STEPS_MAX; step++) {
      const number = (slots[slot] ?? 0) - 1;
      if (number < 0) break;
      if (
        this.#hashes[number] === hash &&
        this.#texts.holdsText(this.#starts[number] ?? 0, from, start, end)
      ) {
        return number;
      }
      slot = (slot + 1) & mask;
    }
    return this.#add(from, start, end, hash, slot);
  }

  /** Adds a row with the text of a number. */
  push(number: number): void {
    if (this.#length === this.#rows.length) this.#grow(this.#length + 1);
    this.#rows[this.#length++] = number;
  }

  /** Adds a row for each of the numbers. */
  pushAll(numbers: readonly number[]): void {
    const { length } = numbers;
    if (this.#length + length > this.#rows.length) this.#grow(this.#length + length);
    const rows = this.#rows;
    let at = this.#length;
    for (let i = 0; i < length; i++) rows[at++] = numbers[i] ?? 0;
    this.#length = at;
  }

  /** Returns the text of a number, without its length. */
  textOf(number: number): string {
    return this.#texts.textAt(this.#starts[number] ?? 0);
  }

  /** Returns the number of a row. */
  at(row: number): number {
    return this.#rows[row] ?? 0;
  }

  /** Writes the column to a place, and returns where it ends. */
  writeTo(out: Buffer, place: number): number {
    if (this.#length === 0) return place;
    const width = this.#width;
    let at = writeCount(out, place, dictionaryFlags(width));
    at = writeCount(out, at, this.#textCount);
    at += this.#texts.bytes().copy(out, at);
    at = writeCount(out, at, this.#length);
    const rows = this.#rows;
    const length = this.#length;
    if (width === 1) for (let i = 0; i < length; i++) out[at++] = rows[i] ?? 0;
    else if (width === 2) {
      for (let i = 0; i < length; i++) {
        const number = rows[i] ?? 0;
        out[at++] = number & 0xff;
        out[at++] = number >>> 8;
      }
    } else for (let i = 0; i < length; i++) at = out.writeUInt32LE(rows[i] ?? 0, at);
    return at;
  }

  get #width(): 1 | 2 | 4 {
    return numberWidth(this.#textCount);
  }

  #add(from: Buffer, start: number, end: number, hash: number, slot: number): number {
    const number = this.#textCount++;
    if (number === this.#starts.length) this.#growTexts();
    this.#starts[number] = this.#texts.length;
    this.#hashes[number] = hash;
    this.#texts.utf8(from, start, end);
    this.#slots[slot] = number + 1;
    if (this.#textCount * 2 > this.#slots.length) this.#growSlots();
    return number;
  }

  #grow(wanted: number): void {
    const grown = new Uint32Array(Math.max(wanted, this.#rows.length * 2));
    grown.set(this.#rows);
    this.#rows = grown;
  }

  #growTexts(): void {
    const grown = (before: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const after = new Int32Array(before.length * 2);
      after.set(before);
      return after;
    };
    this.#starts = grown(this.#starts);
    this.#hashes = grown(this.#hashes);
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let number = 0; number < this.#textCount; number++) {
      let slot = slotOf(this.#hashes[number] ?? 0) & mask;
      for (let step = 0; step < STEPS_MAX && slots[slot] !== 0; step++) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}

/** The lower bits of the hash are those of the last characters alone. */
function slotOf(hash: number): number {
  const mixed = Math.imul(hash, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** A whole number of 32 bits in 64. */
function writeCount(out: Buffer, at: number, count: number): number {
  return out.writeUInt32LE(0, out.writeUInt32LE(count, at));
}
