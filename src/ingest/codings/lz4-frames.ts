import type { ByteReader } from '../../core/index.ts';
import type { BodyBudget } from '../body-budget.ts';
import { decodedSlices, type BlockDecoding } from './block-decoding.ts';
import { decodeLz4, LZ4_RATIO_MAX } from './lz4-block.ts';
import { XxHash32 } from './xxhash32.ts';

const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
/** A copy of a block that depends on those before it reaches back so far. */
const HISTORY_BYTES = 2 ** 16;
const UNCOMPRESSED = 0x80000000;
/** By the number of a frame's header. */
const BLOCK_BYTES_MAX: Readonly<Record<number, number>> = {
  4: 2 ** 16,
  5: 2 ** 18,
  6: 2 ** 20,
  7: 2 ** 22,
};

/** What the header of a frame says. */
interface Frame {
  readonly isLinked: boolean;
  readonly hasBlockChecksums: boolean;
  readonly hasContentChecksum: boolean;
  readonly contentBytes: bigint | undefined;
  readonly blockBytesMax: number;
}

/**
 * Yields the content of LZ4 frames, one after another, their checksums compared.
 * @throws Error where they are damaged, or one needs a dictionary
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export async function* lz4Frames(body: ByteReader, budget: BodyBudget): AsyncGenerator<Buffer> {
  do {
    const magic = (await body.take(4)).readUInt32LE();
    if ((magic & 0xfffffff0) === SKIPPABLE_MAGIC) {
      await body.skip((await body.take(4)).readUInt32LE());
    } else if (magic === MAGIC) {
      yield* contentOf(await readHeader(body), body, budget);
    } else {
      const seen = magic.toString(16).padStart(8, '0');
      throw new Error(`a frame must begin with the number 184d2204, got ${seen}`);
    }
  } while (!(await body.isAtEnd()));
}

async function readHeader(body: ByteReader): Promise<Frame> {
  const flags = (await body.peek(1))[0] ?? 0;
  if (flags >>> 6 !== 1) throw new Error('a frame is of another version than 1');
  if ((flags & 3) !== 0) throw new Error('a frame needs a dictionary, or a newer format');
  const hasSize = (flags & 8) !== 0;
  const descriptor = await body.take(hasSize ? 10 : 2);
  const checksum = (await body.take(1)).readUInt8();
  if (checksum !== ((new XxHash32().update(descriptor).digest() >>> 8) & 255)) {
    throw new Error('the checksum of a frame’s header is wrong');
  }
  const sizes = descriptor[1] ?? 0;
  const blockBytesMax = (sizes & 0x8f) === 0 ? BLOCK_BYTES_MAX[sizes >>> 4] : undefined;
  if (blockBytesMax === undefined) throw new Error('a frame has blocks of an unknown size');
  return {
    isLinked: (flags & 32) === 0,
    hasBlockChecksums: (flags & 16) !== 0,
    hasContentChecksum: (flags & 4) !== 0,
    contentBytes: hasSize ? descriptor.readBigUInt64LE(2) : undefined,
    blockBytesMax,
  };
}

async function* contentOf(
  frame: Frame,
  body: ByteReader,
  budget: BodyBudget,
): AsyncGenerator<Buffer> {
  const hash = new XxHash32();
  let bytes = 0;
  let history: Buffer = Buffer.alloc(0);
  for (;;) {
    const size = (await body.take(4)).readUInt32LE();
    if (size === 0) break;
    const data = await readBlock(size & ~UNCOMPRESSED, frame, body);
    const content = size >= UNCOMPRESSED ? [data] : decodedBlock(data, history, frame, budget);
    for await (const slice of content) {
      bytes += slice.length;
      if (frame.hasContentChecksum) hash.update(slice);
      if (frame.isLinked) history = tailOf(history, slice);
      yield slice;
    }
  }
  if (frame.hasContentChecksum && (await body.take(4)).readUInt32LE() !== hash.digest()) {
    throw new Error('the checksum of a frame’s content is wrong');
  }
  if (frame.contentBytes !== undefined && frame.contentBytes !== BigInt(bytes)) {
    throw new Error(`a frame holds ${bytes} bytes where it says ${frame.contentBytes}`);
  }
}

async function readBlock(bytes: number, frame: Frame, body: ByteReader): Promise<Buffer> {
  if (bytes > frame.blockBytesMax) {
    throw new Error(`a block has ${bytes} bytes where ${frame.blockBytesMax} are the most`);
  }
  const data = await body.take(bytes);
  if (
    frame.hasBlockChecksums &&
    (await body.take(4)).readUInt32LE() !== new XxHash32().update(data).digest()
  ) {
    throw new Error('the checksum of a block is wrong');
  }
  return data;
}

async function* decodedBlock(
  data: Buffer,
  history: Buffer,
  { blockBytesMax }: Frame,
  budget: BodyBudget,
): AsyncGenerator<Buffer> {
  const mostBytes = Math.min(blockBytesMax, data.length * LZ4_RATIO_MAX);
  const bytes = data.length + mostBytes;
  budget.take(bytes);
  try {
    const output = Buffer.allocUnsafe(history.length + mostBytes);
    history.copy(output);
    const block: BlockDecoding = { input: data, at: 0, output, outAt: history.length };
    yield* decodedSlices(block, decodeLz4);
  } finally {
    budget.giveBack(bytes);
  }
}

function tailOf(history: Buffer, slice: Buffer): Buffer {
  return Buffer.concat([history, slice.subarray(-HISTORY_BYTES)]).subarray(-HISTORY_BYTES);
}
