import { ByteWriter, type DictionaryColumn, textHash } from '../native/index.ts';
import { valueText } from './otlp-value.ts';
import { readValue } from './protobuf-attributes.ts';
import { BYTES, type ProtobufReader } from './protobuf-reader.ts';

/** A column of maps from text to text, while it is written. */
export interface MapColumn {
  /** The end of each map, counted in entries over the whole column. */
  readonly ends: ByteWriter;
  readonly keys: DictionaryColumn;
  readonly values: ByteWriter;
}

/** Likewise where the values come again and again too. */
export interface SharedMapColumn {
  readonly ends: ByteWriter;
  readonly keys: DictionaryColumn;
  readonly values: DictionaryColumn;
}

/** Attributes that many rows have, as numbers of their column's dictionaries. */
export interface SharedMap {
  readonly keys: number[];
  readonly values: number[];
}

/** Up to so many attributes, each key is compared with those before it one by one. */
const COMPARED_MAX = 24;
const NO_VALUE = -1;
/** What the bytes of a value begin with: its field and wire type. */
const STRING_TAG = (1 << 3) | BYTES;
const BOOL_TAG = 2 << 3;
const INT_TAG = 3 << 3;

/**
 * Where the attributes of one message lie in the body. They are noted first and written once the
 * message is known to be whole. Of two with one key the later one's value is written.
 */
export class AttributeList {
  #count = 0;
  #keyStarts = new Int32Array(64);
  #keyEnds = new Int32Array(64);
  /** Where the value begins with its length. */
  #values = new Int32Array(64);
  #hashes = new Int32Array(64);
  /** Indexes by key, of the first so many, once there are many. */
  readonly #many = new Map<string, number>();
  #manyCount = 0;
  /** The text of one value. */
  readonly #value = new ByteWriter(256);

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
    if (this.#manyCount > 0) this.#many.clear();
    this.#manyCount = 0;
  }

  /** Notes the KeyValue that begins at the reader. Throws where its bytes make no sense. */
  add(reader: ProtobufReader): void {
    reader.items.count();
    const outer = reader.enter();
    const buf = reader.body;
    let [keyStart, keyEnd, value, hash] = [0, 0, NO_VALUE, 0];
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | BYTES)) {
        const end = reader.enter();
        keyStart = reader.pos;
        keyEnd = reader.len;
        reader.leave(end);
        hash = textHash(buf, keyStart, keyEnd);
      } else {
        if (tag === ((2 << 3) | BYTES)) value = reader.pos;
        reader.pass(tag);
      }
    }
    reader.leave(outer);
    const same = this.#indexOf(buf, keyStart, keyEnd, hash);
    if (same >= 0) {
      this.#values[same] = value;
      return;
    }
    if (this.#count === this.#values.length) this.#grow();
    const index = this.#count++;
    this.#keyStarts[index] = keyStart;
    this.#keyEnds[index] = keyEnd;
    this.#values[index] = value;
    this.#hashes[index] = hash;
  }

  /**
   * Writes them as the next map of a column, whose entries come to `before` so far.
   * @returns what they come to with these. Throws where the bytes of a value make no sense.
   */
  write(reader: ProtobufReader, column: MapColumn, before: number): number {
    const { keys, values } = column;
    for (let index = 0; index < this.#count; index++) {
      keys.push(this.#keyNumber(reader, index, keys));
      writeValue(reader, this.#values[index] ?? NO_VALUE, values);
    }
    column.ends.uint64(before + this.#count);
    return before + this.#count;
  }

  /**
   * Adds them to the dictionaries of a column whose rows share them, and their numbers to `into`.
   * @returns how many bytes keys and values have. Throws where the bytes of a value make no sense.
   */
  share(reader: ProtobufReader, column: SharedMapColumn, into: SharedMap): number {
    let bytes = 0;
    for (let index = 0; index < this.#count; index++) {
      this.#value.clear();
      writeValue(reader, this.#values[index] ?? NO_VALUE, this.#value);
      const value = this.#value.bytes();
      let start = 0;
      while ((value[start++] ?? 0) > 0x7f);
      const hash = textHash(value, start, value.length);
      into.keys.push(this.#keyNumber(reader, index, column.keys));
      into.values.push(column.values.numberOf(value, start, value.length, hash));
      bytes += (this.#keyEnds[index] ?? 0) - (this.#keyStarts[index] ?? 0) + value.length;
    }
    return bytes;
  }

  #keyNumber({ body }: ProtobufReader, index: number, keys: DictionaryColumn): number {
    const [start, end] = [this.#keyStarts[index] ?? 0, this.#keyEnds[index] ?? 0];
    return keys.numberOf(body, start, end, this.#hashes[index] ?? 0);
  }

  /** Returns the text of the attribute of a name; undefined where there is none. */
  textOf(reader: ProtobufReader, name: string): string | undefined {
    for (let index = 0; index < this.#count; index++) {
      const [start, end] = [this.#keyStarts[index] ?? 0, this.#keyEnds[index] ?? 0];
      if (end - start !== name.length || reader.body.toString('latin1', start, end) !== name)
        continue;
      const at = this.#values[index] ?? NO_VALUE;
      return at === NO_VALUE ? '' : textAt(reader, at);
    }
    return undefined;
  }

  #indexOf(buf: Buffer, start: number, end: number, hash: number): number {
    const count = this.#count;
    if (count > COMPARED_MAX) return this.#indexAmongMany(buf, start, end);
    for (let index = 0; index < count; index++) {
      if (this.#hashes[index] === hash && this.#isKey(buf, index, start, end)) return index;
    }
    return -1;
  }

  #isKey(buf: Buffer, index: number, start: number, end: number): boolean {
    const [from, to] = [this.#keyStarts[index] ?? 0, this.#keyEnds[index] ?? 0];
    return to - from === end - start && buf.compare(buf, from, to, start, end) === 0;
  }

  /** A request may give one span all its items: the time may not grow with their square. */
  #indexAmongMany(buf: Buffer, start: number, end: number): number {
    for (; this.#manyCount < this.#count; this.#manyCount++) {
      const index = this.#manyCount;
      const key = buf.toString('latin1', this.#keyStarts[index], this.#keyEnds[index]);
      this.#many.set(key, index);
    }
    return this.#many.get(buf.toString('latin1', start, end)) ?? -1;
  }

  #grow(): void {
    const grown = (before: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const after = new Int32Array(before.length * 2);
      after.set(before);
      return after;
    };
    this.#keyStarts = grown(this.#keyStarts);
    this.#keyEnds = grown(this.#keyEnds);
    this.#values = grown(this.#values);
    this.#hashes = grown(this.#hashes);
  }
}

/** Writes the text of the value that begins with its length at `at`. */
function writeValue(reader: ProtobufReader, at: number, out: ByteWriter): void {
  if (at === NO_VALUE) {
    out.uint8(0);
    return;
  }
  const buf = reader.body;
  const length = buf[at] ?? 0;
  // Most are one field, in a message of fewer than 128 bytes.
  if (length > 2 && length < 0x80) {
    const [tag, first] = [buf[at + 1], buf[at + 2] ?? 0];
    if (tag === STRING_TAG && first === length - 2) {
      out.utf8(buf, at + 3, at + 1 + length);
      return;
    }
  } else if (length === 2) {
    const [tag, first] = [buf[at + 1], buf[at + 2] ?? 0];
    if (tag === STRING_TAG && first === 0) {
      out.uint8(0);
      return;
    }
    if (tag === BOOL_TAG && first <= 1) {
      out.text(first === 1 ? 'true' : 'false');
      return;
    }
  }
  // Ports, statuses and counts: up to four bytes of seven bits each.
  if (length > 1 && length < 6 && buf[at + 1] === INT_TAG && (buf[at + length] ?? 0) < 0x80) {
    let [value, isOne] = [0, true];
    for (let i = length - 1; i > 0; i--) {
      const byte = buf[at + 1 + i] ?? 0;
      // A number ends with the first byte below 128: another field may stand behind it.
      if (i < length - 1 && byte < 0x80) isOne = false;
      value = (value << 7) | (byte & 0x7f);
    }
    if (isOne) {
      out.decimal(value);
      return;
    }
  }
  out.text(textAt(reader, at));
}

function textAt(reader: ProtobufReader, at: number): string {
  const { pos, len } = reader;
  reader.pos = at;
  reader.len = reader.body.length;
  const text = valueText(readValue(reader, 0));
  reader.pos = pos;
  reader.len = len;
  return text;
}
