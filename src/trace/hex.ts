const HEX_DIGITS = '0123456789abcdef';

/** The two characters of every byte, the first in the high half: `0x30_31` for byte 1. */
const PAIRS = Uint16Array.from({ length: 256 }, (_, byte) => {
  return (HEX_DIGITS.charCodeAt(byte >>> 4) << 8) | HEX_DIGITS.charCodeAt(byte & 15);
});

/** Returns the 8 lower-case hex digits of 32 bits. */
export function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

/** Writes the 8 lower-case hex digits of 32 bits at `offset`; allocates nothing. */
export function writeHex32(value: number, out: Uint8Array, offset: number): void {
  writeHex8(value >>> 24, out, offset);
  writeHex8((value >>> 16) & 0xff, out, offset + 2);
  writeHex8((value >>> 8) & 0xff, out, offset + 4);
  writeHex8(value & 0xff, out, offset + 6);
}

function writeHex8(byte: number, out: Uint8Array, offset: number): void {
  const pair = PAIRS[byte] ?? 0;
  out[offset] = pair >>> 8;
  out[offset + 1] = pair & 0xff;
}
