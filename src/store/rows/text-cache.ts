const SLOTS = 1 << 16;
const BYTES_MAX = 64;

/**
 * Returns what reads texts out of bytes and gives back the one that it read before where the bytes
 * are the same: names and values of attributes come again and again. Its memory is bounded: a text
 * takes the place of the last one with the same hash.
 */
export function textCache(): (bytes: Buffer, from: number, to: number) => string {
  const texts: (string | undefined)[] = [];
  texts.length = SLOTS;
  return (bytes, from, to) => {
    if (to - from > BYTES_MAX) return bytes.toString('utf8', from, to);
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    const known = texts[slot];
    if (known !== undefined && isAscii(known, bytes, from, to)) return known;
    const text = bytes.toString('utf8', from, to);
    texts[slot] = text;
    return text;
  };
}

/** Whether the bytes are the text, which has no character beyond ASCII then. */
function isAscii(text: string, bytes: Buffer, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[from + i] ?? 0;
    if (byte > 0x7f || text.charCodeAt(i) !== byte) return false;
  }
  return true;
}
