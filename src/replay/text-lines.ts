import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ByteReader } from '../core/index.ts';
import { zstdContent } from '../core/zstd-content.ts';

/** A line past this is no line of a log. */
export const LINE_CHARS_MAX = 1024 * 1024;

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const BYTE_ORDER_MARK = '\u{EF}\u{BB}\u{BF}';

/**
 * Returns the lines of a text file one by one, without their ends, a byte order mark left out. Each
 * character is one byte, as an access log may hold any. A file of gzip or Zstandard, which its
 * first bytes tell, is unpacked. A line that is too long comes cut off at {@link LINE_CHARS_MAX},
 * so that memory is bounded.
 * @throws what the file system throws, and zlib for a file that is damaged
 */
export async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunksOf(path)) {
    const lines = (rest + chunk).split('\n');
    rest = (lines.pop() ?? '').slice(0, LINE_CHARS_MAX);
    for (const line of lines) yield cleaned(line);
  }
  if (rest !== '') yield cleaned(rest);
}

/** Returns the text of a file in pieces, as {@link linesOf} has it. */
export async function* chunksOf(path: string): AsyncGenerator<string> {
  let isFirst = true;
  const bytes = await unpacked(path);
  bytes.setEncoding('latin1');
  for await (const chunk of bytes) {
    const text = String(chunk);
    yield isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
    isFirst = false;
  }
}

/** Returns the bytes of a file, unpacked where it is packed. */
export async function unpacked(path: string): Promise<Readable> {
  const buffer = await firstBytes(path);
  const stream = createReadStream(path, { highWaterMark: 1 << 18 });
  if (buffer.equals(ZSTD)) {
    return Readable.from(zstdContent(new ByteReader(stream)), { objectMode: false });
  }
  // What goes wrong is heard of where the bytes are read.
  const isGzip = buffer.subarray(0, GZIP.length).equals(GZIP);
  return isGzip ? pipeline(stream, createGunzip(), () => undefined) : stream;
}

async function firstBytes(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(ZSTD.length), 0, ZSTD.length, 0);
  return buffer;
}

function cleaned(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
