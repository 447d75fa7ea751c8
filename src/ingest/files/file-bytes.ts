import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ByteReader } from '../../core/index.ts';
import { zstdContent } from '../../core/zstd-content.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const CHUNK_BYTES = 1 << 18;

/** The bytes of a file, unpacked, and how they begin. */
export interface FileBytes {
  readonly bytes: Readable;
  /** The first of them, without a mark of byte order: up to 64 KiB, empty for an empty file. */
  readonly head: Buffer;
}

/** Most bytes that are looked at to tell the form of a file. */
const HEAD_BYTES = 1 << 16;

/**
 * Opens a file, or standard input for `-`. One that gzip or zstd packed, as its first bytes tell,
 * is unpacked.
 * @throws what the file system throws, and zlib for a file that is damaged
 */
export async function openFileBytes(path: string): Promise<FileBytes> {
  const source =
    path === '-' ? process.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const packed = await withHead(source, ZSTD.length);
  const { bytes, head } = await withHead(unpacked(packed), HEAD_BYTES);
  const marked = head.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  return { bytes, head: head.subarray(marked ? BYTE_ORDER_MARK.length : 0, HEAD_BYTES) };
}

/** What goes wrong in it is heard of where the bytes are read. */
function unpacked({ bytes, head }: FileBytes): Readable {
  if (head.subarray(0, GZIP.length).equals(GZIP)) {
    return pipeline(bytes, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined);
  }
  if (!head.subarray(0, ZSTD.length).equals(ZSTD)) return bytes;
  return Readable.from(zstdContent(new ByteReader(bytes)), { objectMode: false });
}

/** Reads `least` bytes ahead, which stand in the stream that is returned all the same. */
async function withHead(source: Readable, least: number): Promise<FileBytes> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first: Buffer[] = [];
  let length = 0;
  while (length < least) {
    const next = await chunks.next();
    if (next.done) break;
    first.push(next.value);
    length += next.value.length;
  }
  const head = Buffer.concat(first);
  async function* all(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
  }
  return { bytes: Readable.from(all(), { objectMode: false, highWaterMark: CHUNK_BYTES }), head };
}
