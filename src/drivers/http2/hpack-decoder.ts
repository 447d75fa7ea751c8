import {
  BAD_BLOCK,
  BLOCK_END,
  BlockCursor,
  type BlockString,
  INDEXED,
  LITERAL_ADDED,
  SIZE_UPDATE,
} from './block-cursor.ts';
import { huffmanText } from './huffman.ts';
import { STATIC_FIELDS, STATIC_TABLE } from './static-table.ts';

/** A field's name and value; each character is one byte. */
export type Field = [name: string, value: string];

/** What an entry takes of the table beside its texts. */
const ENTRY_BYTES = 32;

/**
 * Decodes blocks of fields, the dynamic table included.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541
 */
export class HpackDecoder {
  readonly #cursor = new BlockCursor();
  readonly #tableBytesMax: number;
  /** The newest first. */
  readonly #table: Field[] = [];
  #tableBytes = 0;
  #tableBytesNow: number;

  /** `tableBytesMax` is what was announced as SETTINGS_HEADER_TABLE_SIZE. */
  constructor(tableBytesMax: number) {
    this.#tableBytesMax = tableBytesMax;
    this.#tableBytesNow = tableBytesMax;
  }

  /** Returns the fields in their order, undefined where the bytes are no block. */
  decode(bytes: Uint8Array, from: number, to: number): Field[] | undefined {
    const cursor = this.#cursor;
    const fields: Field[] = [];
    cursor.begin(bytes, from, to);
    for (;;) {
      const item = cursor.next();
      if (item === BLOCK_END) return fields;
      if (item === BAD_BLOCK) return undefined;
      if (item === SIZE_UPDATE) {
        if (cursor.index > this.#tableBytesMax) return undefined;
        this.#tableBytesNow = cursor.index;
        this.#evict(0);
        continue;
      }
      const field = item === INDEXED ? this.#entry(cursor.index) : this.#literal(bytes);
      if (field === undefined) return undefined;
      fields.push([field[0], field[1]]);
      if (item === LITERAL_ADDED) this.#add(field);
    }
  }

  #entry(index: number): Readonly<Field> | undefined {
    return index <= STATIC_FIELDS ? STATIC_TABLE[index] : this.#table[index - STATIC_FIELDS - 1];
  }

  #literal(bytes: Uint8Array): Readonly<Field> | undefined {
    const { index, name, value } = this.#cursor;
    const nameText = index === 0 ? stringText(bytes, name) : this.#entry(index)?.[0];
    const valueText = stringText(bytes, value);
    return nameText === undefined || valueText === undefined ? undefined : [nameText, valueText];
  }

  #add(field: Readonly<Field>): void {
    const size = entryBytes(field);
    this.#evict(size);
    // One that is larger than the table only empties it.
    if (size > this.#tableBytesNow) return;
    this.#table.unshift([field[0], field[1]]);
    this.#tableBytes += size;
  }

  /** Takes the oldest entries out until there is room for `bytes`. */
  #evict(bytes: number): void {
    while (this.#table.length > 0 && this.#tableBytes + bytes > this.#tableBytesNow) {
      const oldest = this.#table.pop();
      if (oldest) this.#tableBytes -= entryBytes(oldest);
    }
  }
}

/** Returns a string's text, undefined where it is no code of one. */
export function stringText(bytes: Uint8Array, string: BlockString): string | undefined {
  const { from, to, isHuffman } = string;
  if (isHuffman) return huffmanText(bytes, from, to);
  let text = '';
  if (to - from > SHORT_BYTES) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
  }
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/** Up to here a text is put together faster than it is asked for. */
const SHORT_BYTES = 12;

function entryBytes([name, value]: Readonly<Field>): number {
  return name.length + value.length + ENTRY_BYTES;
}
