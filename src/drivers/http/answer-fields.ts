import type { Answer } from '../../flow/index.ts';

/**
 * Adds the fields of a head, or of a trailer section, to an answer: `from` to `to` hold whole lines
 * of a form that was checked. A status line, which has no colon before its first blank, is passed over.
 */
export function addFields(bytes: Uint8Array, from: number, to: number, answer: Answer): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0 || line.startsWith('HTTP/1.')) continue;
    const value = line.slice(colon + 1).replaceAll(/^[ \t]+|[ \t]+$/gu, '');
    answer.fields.push([line.slice(0, colon).toLowerCase(), value]);
  }
}
