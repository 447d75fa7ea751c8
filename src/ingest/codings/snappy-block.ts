import { writeCopy, writeLiterals, type BlockDecoding } from './block-decoding.ts';

/** A copy of 64 bytes takes three: a block stands for no more than this many times itself. */
const RATIO_MAX = 64 / 3;
/** A literal longer than this has its length in the bytes behind its tag. */
const SHORT_LITERAL_MAX = 60;

/**
 * Returns the length of a block's content, which stands before it as a varint, and where it ends.
 * @throws Error where there is none, or the block cannot hold so much
 */
export function snappyLength(block: Buffer): { readonly bytes: number; readonly at: number } {
  let bytes = 0;
  for (let at = 0; at < Math.min(block.length, 5); at++) {
    const byte = block[at] ?? 0;
    bytes += (byte & 127) * 2 ** (7 * at);
    if (byte < 128) {
      if (bytes <= block.length * RATIO_MAX) return { bytes, at: at + 1 };
      throw new Error(`${block.length} bytes cannot be the ${bytes} that they say`);
    }
  }
  throw new Error('it begins with no length');
}

/**
 * Decodes literals and copies of a Snappy block, behind its length.
 * @throws Error where the block is damaged
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export function decodeSnappy(block: BlockDecoding, untilOut: number): boolean {
  const { input, output } = block;
  while (block.outAt < untilOut && block.at < input.length) {
    const tag = numberOf(block, 1);
    const short = tag >>> 2;
    switch (tag & 3) {
      case 0: {
        const behind = short - SHORT_LITERAL_MAX + 1;
        writeLiterals(block, (behind > 0 ? numberOf(block, behind) : short) + 1);
        break;
      }
      case 1:
        writeCopy(block, ((tag >>> 5) << 8) | numberOf(block, 1), (short & 7) + 4);
        break;
      case 2:
        writeCopy(block, numberOf(block, 2), short + 1);
        break;
      default:
        writeCopy(block, numberOf(block, 4), short + 1);
    }
  }
  if (block.at < input.length) return false;
  if (block.outAt < output.length) throw new Error('a block holds less than it says');
  return true;
}

/** Reads a number of 1 to 4 bytes, the least significant first. */
function numberOf(block: BlockDecoding, bytes: number): number {
  const { input, at } = block;
  if (at + bytes > input.length) throw new Error('a block ends early');
  block.at += bytes;
  return bytes === 1 ? (input[at] ?? 0) : input.readUIntLE(at, bytes);
}
