import * as zlib from 'node:zlib';
import { zstdFrames } from './zstd-frames.ts';

/** A compressed body grows to so many bytes at most: a few hundred can stand for gigabytes. */
const DECODED_BYTES_MAX = 16 * 1024 * 1024;
/** Most codings of one body, one around the other. */
const CODINGS_MAX = 5;

const BOUNDED = { maxOutputLength: DECODED_BYTES_MAX };

/** By the name of the coding, in lower case. */
const DECODERS: ReadonlyMap<string, (bytes: Buffer) => Buffer> = new Map([
  ['gzip', (bytes: Buffer) => zlib.gunzipSync(bytes, BOUNDED)],
  ['x-gzip', (bytes: Buffer) => zlib.gunzipSync(bytes, BOUNDED)],
  ['deflate', inflated],
  ['br', (bytes: Buffer) => zlib.brotliDecompressSync(bytes, BOUNDED)],
  ['zstd', fromZstd],
  ['identity', (bytes: Buffer) => bytes],
]);

/**
 * Returns a body without its content codings, the last of which is undone first; or, as a text, why
 * that cannot be. `codings` is the content-encoding field, undefined where it did not come.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 */
export function withoutCodings(body: Buffer, codings: string | undefined): Buffer | string {
  // A 304 and an answer to HEAD name the coding of a body that they do not have.
  if (codings === undefined || body.length === 0) return body;
  const names = codings
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (names.length > CODINGS_MAX) return `the body has more than ${CODINGS_MAX} content-encodings`;
  let bytes = body;
  for (const name of names.toReversed()) {
    const decode = DECODERS.get(name);
    if (decode === undefined) return `the content-encoding ${shown(name)} is not known`;
    try {
      bytes = decode(bytes);
    } catch (error) {
      return reasonOf(error, name);
    }
  }
  return bytes;
}

/** Some send the bare stream, though the name stands for the one with a zlib header. */
function inflated(bytes: Buffer): Buffer {
  const header = bytes.length < 2 ? 0 : bytes.readUInt16BE(0);
  const isWrapped = (header & 0x0f00) === 0x0800 && header % 31 === 0;
  return isWrapped ? zlib.inflateSync(bytes, BOUNDED) : zlib.inflateRawSync(bytes, BOUNDED);
}

function fromZstd(bytes: Buffer): Buffer {
  const contents: Buffer[] = [];
  let left = DECODED_BYTES_MAX;
  for (const frame of zstdFrames(bytes)) {
    const content = zlib.zstdDecompressSync(frame, { maxOutputLength: Math.max(1, left) });
    left -= content.length;
    if (left < 0) throw new TooLong();
    contents.push(content);
  }
  return Buffer.concat(contents);
}

class TooLong extends Error {
  readonly code = 'ERR_BUFFER_TOO_LARGE';
}

function reasonOf(error: unknown, name: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return `the body is longer than ${DECODED_BYTES_MAX / 1024 ** 2} MiB without its content-encoding ${name}`;
  }
  if (code === 'Z_BUF_ERROR') return `the body ends within its content-encoding ${name}`;
  return `the body is not what its content-encoding ${name} says`;
}

/** A name that is none may be anything. */
function shown(name: string): string {
  return /^[\w.-]{1,30}$/u.test(name) ? name : 'of the answer';
}
