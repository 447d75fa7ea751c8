import { staticFieldIndex, staticNameIndex } from './static-table.ts';

const INDEXED_FLAG = 0x80;
const TABLE_SIZE_ZERO = 0x20;

/**
 * Returns the block of the fields, names in lower case, those with a colon first. It uses the
 * static table and no other: any connection at any time may send the same bytes. Texts are not
 * coded, so that values may be written over in place.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-6
 */
export function headerBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of fields) {
    const index = staticFieldIndex(name, value);
    if (index > 0) {
      parts.push(integer(index, 7, INDEXED_FLAG));
      continue;
    }
    const nameIndex = staticNameIndex(name);
    parts.push(integer(nameIndex, 4, 0));
    if (nameIndex === 0) parts.push(text(name));
    const bytes = Buffer.from(value, 'utf8');
    parts.push(integer(bytes.length, 7, 0), bytes);
  }
  return Buffer.concat(parts);
}

/**
 * Returns a block that says first that we keep no dynamic table. The first of a connection must: a
 * peer whose settings make the table smaller waits for it, and one that made it no smaller takes it
 * too.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-4.2
 */
export function withoutTable(block: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(block.length + 1);
  bytes[0] = TABLE_SIZE_ZERO;
  bytes.set(block, 1);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([integer(bytes.length, 7, 0), bytes]);
}

/** Returns a number whose first bits are the lowest `prefixBits` of a byte that bears `flags`. */
function integer(value: number, prefixBits: number, flags: number): Buffer {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) return Buffer.from([flags | value]);
  const bytes = [flags | mask];
  let left = value - mask;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  bytes.push(left);
  return Buffer.from(bytes);
}
