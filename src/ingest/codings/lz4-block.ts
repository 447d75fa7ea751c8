import { writeCopy, writeLiterals, type BlockDecoding } from './block-decoding.ts';

const COPY_BYTES_MIN = 4;
/** A byte of a length that goes on adds so much. */
const LENGTH_BYTE_MAX = 255;
/** Of a length in the four bits of a token: it goes on behind them. */
const GOES_ON = 15;

/** One byte of a block can stand for so many of its content, and no more. */
export const LZ4_RATIO_MAX = 255;

/**
 * Decodes sequences of an LZ4 block: literals and a copy each, the last literals alone.
 * @throws Error where the block is damaged
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
export function decodeLz4(block: BlockDecoding, untilOut: number): boolean {
  const { input } = block;
  while (block.outAt < untilOut) {
    const token = byteOf(block);
    writeLiterals(block, lengthOf(block, token >>> 4));
    if (block.at === input.length) return true;
    const distance = byteOf(block) | (byteOf(block) << 8);
    writeCopy(block, distance, lengthOf(block, token & 15) + COPY_BYTES_MIN);
  }
  return false;
}

function lengthOf(block: BlockDecoding, short: number): number {
  if (short < GOES_ON) return short;
  let length = short;
  for (;;) {
    const byte = byteOf(block);
    length += byte;
    if (byte < LENGTH_BYTE_MAX) return length;
  }
}

function byteOf(block: BlockDecoding): number {
  const byte = block.input[block.at++];
  if (byte === undefined) throw new Error('a block ends early');
  return byte;
}
