/** Castagnoli's polynomial, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++)
    rest = (rest & 1) === 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/** Returns the CRC-32C of the bytes, from 0 to 2^32 - 1. Node's own `crc32` is another. */
export function crc32c(data: Buffer): number {
  let rest = 0xffffffff;
  for (let i = 0; i < data.length; i++) {
    rest = (rest >>> 8) ^ (TABLE[(rest ^ (data[i] ?? 0)) & 255] ?? 0);
  }
  return ~rest >>> 0;
}
