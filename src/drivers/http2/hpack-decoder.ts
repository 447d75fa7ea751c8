import {
  BAD_BLOCK,
  BLOCK_END,
  BlockCursor,
  type BlockString,
  INDEXED,
  SIZE_UPDATE,
} from './block-cursor.ts';
import { huffmanText } from './huffman.ts';
import { STATIC_TABLE } from './static-table.ts';

/** A field's name and value; each character is one byte. */
export type Field = [name: string, value: string];

/**
 * What we announce: without a table no block depends on another, and one nobody reads is passed
 * over.
 */
export const HEADER_TABLE_BYTES = 0;

/**
 * Returns the fields of a block in their order, undefined where the bytes are malformed. A peer
 * that keeps to our {@link HEADER_TABLE_BYTES} names by index what is in the static table only; a
 * literal that is to be added to the dynamic one is larger than that, and is not.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541
 */
export function decodeBlock(
  cursor: BlockCursor,
  bytes: Uint8Array,
  from: number,
  to: number,
): Field[] | undefined {
  const fields: Field[] = [];
  cursor.begin(bytes, from, to);
  for (;;) {
    const item = cursor.next();
    if (item === BLOCK_END) return fields;
    if (item === BAD_BLOCK) return undefined;
    if (item === SIZE_UPDATE) {
      if (cursor.index > HEADER_TABLE_BYTES) return undefined;
      continue;
    }
    const field = item === INDEXED ? indexed(cursor.index) : literal(cursor, bytes);
    if (field === undefined) return undefined;
    fields.push(field);
  }
}

function indexed(index: number): Field | undefined {
  const entry = STATIC_TABLE[index];
  return entry && [entry[0], entry[1]];
}

function literal({ index, name, value }: BlockCursor, bytes: Uint8Array): Field | undefined {
  const nameText = index === 0 ? stringText(bytes, name) : STATIC_TABLE[index]?.[0];
  const valueText = stringText(bytes, value);
  return nameText === undefined || valueText === undefined ? undefined : [nameText, valueText];
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
