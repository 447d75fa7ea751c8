import type { ByteReader } from '../../core/index.ts';
import type { BodyBudget } from '../body-budget.ts';
import { decodedSlices, type BlockDecoding } from './block-decoding.ts';
import { crc32c } from './crc32c.ts';
import { decodeSnappy, snappyLength } from './snappy-block.ts';

/** The first chunk of the framing format, with its head. */
const STREAM_IDENTIFIER = Buffer.from('\xff\x06\0\0sNaPpY', 'latin1');
const CHUNK_CONTENT_MAX = 2 ** 16;
/** Chunks of a kind below are no chunks that may be passed over. */
const SKIPPABLE_FROM = 0x80;

/** What a decoded body may be. */
export interface SnappyLimits {
  readonly maxBytes: number;
  readonly budget: BodyBudget;
  /** What is thrown where it is larger. */
  readonly tooLarge: () => Error;
}

/**
 * Yields the content of a body that is one Snappy block, or in the framing format, which its first
 * bytes tell: the Collector called both `snappy`, until 0.124 the frames, since then the block. No
 * bytes are an empty one: its encoder of frames writes none.
 * @throws Error where it is damaged
 */
export async function* snappyOfEitherFormat(
  body: ByteReader,
  limits: SnappyLimits,
): AsyncGenerator<Buffer> {
  const head = await body.peek(STREAM_IDENTIFIER.length);
  if (head.length === 0) return;
  yield* head.equals(STREAM_IDENTIFIER) ? snappyFrames(body) : oneBlock(body, limits);
}

async function* oneBlock(body: ByteReader, limits: SnappyLimits): AsyncGenerator<Buffer> {
  const block = await body.peekAll();
  const { bytes } = snappyLength(block);
  if (bytes > limits.maxBytes) throw limits.tooLarge();
  let heldBytes = bytes;
  limits.budget.take(bytes);
  try {
    for await (const slice of decodedSlices(snappyBlock(block), decodeSnappy)) {
      heldBytes -= slice.length;
      limits.budget.giveBack(slice.length);
      yield slice;
    }
  } finally {
    limits.budget.giveBack(heldBytes);
  }
}

/**
 * Yields the content of Snappy's framing format, the checksum of each chunk compared.
 * @throws Error where it is damaged
 * @see https://github.com/google/snappy/blob/main/framing_format.txt
 */
export async function* snappyFrames(body: ByteReader): AsyncGenerator<Buffer> {
  const start = await body.peek(STREAM_IDENTIFIER.length);
  if (start.length > 0 && !start.equals(STREAM_IDENTIFIER)) {
    throw new Error('it does not begin with the mark of the framing format');
  }
  while (!(await body.isAtEnd())) {
    const head = (await body.take(4)).readUInt32LE();
    const kind = head & 255;
    const bytes = head >>> 8;
    if (kind <= 1) {
      yield await chunkContent(kind, bytes, body);
    } else if (kind === 255) {
      const mark = await body.take(Math.min(bytes, STREAM_IDENTIFIER.length));
      if (!mark.equals(STREAM_IDENTIFIER.subarray(4))) throw new Error('a mark is wrong');
    } else if (kind >= SKIPPABLE_FROM) {
      await body.skip(bytes);
    } else {
      throw new Error(`a chunk is of the unknown kind ${kind}`);
    }
  }
}

async function chunkContent(kind: number, bytes: number, body: ByteReader): Promise<Buffer> {
  if (bytes < 4 || bytes > 2 * CHUNK_CONTENT_MAX) {
    throw new Error(`a chunk has ${bytes} bytes, which none can have`);
  }
  const checksum = (await body.take(4)).readUInt32LE();
  const data = await body.take(bytes - 4);
  const content = kind === 1 ? data : wholeBlock(data);
  if (content.length > CHUNK_CONTENT_MAX) {
    throw new Error(
      `a chunk holds ${content.length} bytes where ${CHUNK_CONTENT_MAX} are the most`,
    );
  }
  if (checksum !== masked(crc32c(content))) throw new Error('the checksum of a chunk is wrong');
  return content;
}

function wholeBlock(data: Buffer): Buffer {
  const block = snappyBlock(data);
  decodeSnappy(block, Infinity);
  return block.output;
}

function snappyBlock(input: Buffer): BlockDecoding {
  const { bytes, at } = snappyLength(input);
  return { input, at, output: Buffer.allocUnsafe(bytes), outAt: 0 };
}

/** The framing format stores sums so, since data may hold sums of its own. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
