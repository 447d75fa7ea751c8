import { pipeline, Readable } from 'node:stream';
import { constants, createZstdDecompress } from 'node:zlib';
import type { ByteReader } from './byte-reader.ts';

const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const RLE_BLOCK = 1;
/** By the two bits of a frame's descriptor. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const CHUNK_BYTES = 64 * 1024;

/**
 * Yields the content of zstd frames, one after another: Node's decoder stops behind the first one
 * without a word. `windowLogMax` bounds the memory that a frame may ask for, as a power of two.
 * @throws Error where they are damaged, or end early
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
export async function* zstdContent(
  body: ByteReader,
  windowLogMax?: number,
): AsyncGenerator<Buffer> {
  const params =
    windowLogMax === undefined ? {} : { [constants.ZSTD_d_windowLogMax]: windowLogMax };
  do {
    const magic = (await body.peek(4)).length < 4 ? 0 : (await body.peek(4)).readUInt32LE();
    if ((magic & 0xfffffff0) === SKIPPABLE_MAGIC) {
      await body.skip(4);
      await body.skip((await body.take(4)).readUInt32LE());
      continue;
    }
    const decoder = createZstdDecompress({ chunkSize: CHUNK_BYTES, params });
    // What goes wrong is heard of where the content is read.
    yield* pipeline(Readable.from(frameOf(body), { objectMode: false }), decoder, () => undefined);
  } while (!(await body.isAtEnd()));
}

/** Yields the bytes of the next frame, header and blocks by themselves. */
async function* frameOf(body: ByteReader): AsyncGenerator<Buffer> {
  const start = await body.take(5);
  if (start.readUInt32LE() !== MAGIC) {
    throw new Error(`a frame must begin with 28b52ffd, got ${start.toString('hex', 0, 4)}`);
  }
  const descriptor = start[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >>> 6;
  const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  const dictionaryBytes = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  const rest = await body.take((isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes);
  yield Buffer.concat([start, rest]);
  for (;;) {
    const head = await body.take(3);
    const header = head.readUIntLE(0, 3);
    const isRle = ((header >>> 1) & 3) === RLE_BLOCK;
    yield Buffer.concat([head, await body.take(isRle ? 1 : header >>> 3)]);
    if ((header & 1) === 1) break;
  }
  if ((descriptor & 4) !== 0) yield await body.take(4);
}
