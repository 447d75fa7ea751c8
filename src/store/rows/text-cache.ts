const SLOTS = 1 << 16;
const BYTES_MAX = 64;

/** Reads the text that the bytes are: as text, or by its number. */
export interface TextCache {
  text(bytes: Buffer, from: number, to: number): string;
  number(bytes: Buffer, from: number, to: number): number;
}

/**
 * Returns what reads texts out of bytes and gives back what it gave before where the bytes are the
 * same: names and values of attributes come again and again. Its memory is bounded: a text takes
 * the place of the last one with the same hash.
 */
export function textCache(numberOf: (text: string) => number): TextCache {
  const texts: (string | undefined)[] = [];
  texts.length = SLOTS;
  const numbers = new Int32Array(SLOTS).fill(-1);
  /** Returns the slot of a short text, with the text in it. */
  const slotOf = (bytes: Buffer, from: number, to: number): number => {
    let hash = 0x811c9dc5;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
    const slot = (hash ^ (hash >>> 16)) & (SLOTS - 1);
    const known = texts[slot];
    if (known === undefined || !isAscii(known, bytes, from, to)) {
      texts[slot] = bytes.toString('utf8', from, to);
      numbers[slot] = -1;
    }
    return slot;
  };
  return {
    text: (bytes, from, to) => {
      if (to - from > BYTES_MAX) return bytes.toString('utf8', from, to);
      return texts[slotOf(bytes, from, to)] ?? '';
    },
    number: (bytes, from, to) => {
      if (to - from > BYTES_MAX) return numberOf(bytes.toString('utf8', from, to));
      const slot = slotOf(bytes, from, to);
      const known = numbers[slot] ?? -1;
      if (known >= 0) return known;
      const number = numberOf(texts[slot] ?? '');
      numbers[slot] = number;
      return number;
    },
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
