import { hashText } from '../core/index.ts';

/** More digits are no span's id of OpenTelemetry. */
const HEX_DIGITS = 16;

/**
 * Writes the id that a text is, as two halves of 32 bits, the upper one first: the value of at most
 * 16 hex digits, else a hash of the text.
 */
export function writeSpanId(ids: Uint32Array, index: number, text: string): void {
  let [high, low] = [0, 0];
  let isHex = text.length <= HEX_DIGITS;
  for (let i = 0; isHex && i < text.length; i++) {
    const digit = hexDigit(text.charCodeAt(i));
    isHex = digit >= 0;
    high = (high << 4) | (low >>> 28);
    low = (low << 4) | digit;
  }
  ids[2 * index] = isHex ? high : hashText(text);
  ids[2 * index + 1] = isHex ? low : hashText(`${text} `);
}

/** Returns what does the same with texts that are bytes of UTF-8, from `from` up to `to`. */
export function spanIdsInto(
  ids: Uint32Array,
): (bytes: Buffer, from: number, to: number, index: number) => void {
  return (bytes, from, to, index) => {
    let [high, low] = [0, 0];
    let isHex = to - from <= HEX_DIGITS;
    for (let i = from; isHex && i < to; i++) {
      const digit = hexDigit(bytes[i] ?? 0);
      isHex = digit >= 0;
      high = (high << 4) | (low >>> 28);
      low = (low << 4) | digit;
    }
    if (!isHex) {
      writeSpanId(ids, index, bytes.toString('utf8', from, to));
      return;
    }
    ids[2 * index] = high;
    ids[2 * index + 1] = low;
  };
}

/** Returns the id at an index as one number. */
export function spanIdAt(ids: Uint32Array, index: number): bigint {
  return (BigInt(ids[2 * index] ?? 0) << 32n) | BigInt(ids[2 * index + 1] ?? 0);
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = (code | 32) - 87;
  return letter >= 10 && letter <= 15 ? letter : -1;
}
