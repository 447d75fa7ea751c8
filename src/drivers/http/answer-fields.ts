import { isUtf8 } from 'node:buffer';
import type { Answer } from '../../flow/index.ts';

type Fields = Answer['fields'];

/** The section that was read last, in this thread: answers mostly look like the one before. */
const last = { bytes: new Uint8Array(0), fields: [] as Fields };

/**
 * Adds the fields of a head, or of a trailer section, to an answer: `from` to `to` hold whole lines
 * of a form that was checked. A status line, which has no colon before its first blank, is passed
 * over.
 */
export function addFields(bytes: Uint8Array, from: number, to: number, answer: Answer): void {
  if (!isLast(bytes, from, to)) {
    last.bytes = Uint8Array.from(bytes.subarray(from, to));
    last.fields = fieldsOf(Buffer.from(last.bytes.buffer).toString('latin1'));
  }
  for (const field of last.fields) answer.fields.push(field);
}

function isLast(bytes: Uint8Array, from: number, to: number): boolean {
  const { bytes: known } = last;
  if (known.length !== to - from) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
  return true;
}

function fieldsOf(text: string): Fields {
  return text.split('\r\n').flatMap((line): Fields => {
    const colon = line.indexOf(':');
    if (colon <= 0 || line.startsWith('HTTP/1.')) return [];
    const value = line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/gu, '');
    return [[line.slice(0, colon).toLowerCase(), fieldText(value)]];
  });
}

const NOT_ASCII = /[\u0080-\u00ff]/u;

/**
 * Returns the value of a field, of which each character is one byte, as it is sent on: fields go
 * out in UTF-8, so that one that came in it is sent back byte by byte. Other bytes are ISO-8859-1.
 */
export function fieldText(value: string): string {
  if (!NOT_ASCII.test(value)) return value;
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
}
