import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { ByteReader, errorText } from '../core/index.ts';
import { zstdContent } from '../core/zstd-content.ts';
import type { BodyBudget } from './body-budget.ts';
import { gathered } from './codings/gathered.ts';
import { lz4Frames } from './codings/lz4-frames.ts';
import { snappyFrames, snappyOfEitherFormat } from './codings/snappy.ts';
import { Refusal } from './refusal.ts';

export interface BodyLimits {
  /** Largest body after decompression. */
  readonly maxBytes: number;
  readonly budget: BodyBudget;
}

/** A body, in blocks whose memory is nobody else's. */
export interface Body {
  readonly blocks: readonly Uint8Array<ArrayBuffer>[];
  readonly bytes: number;
}

/** Copying one holds the thread for less than a millisecond; a usual batch is one. */
const BLOCK_BYTES = 2 ** 20;
/** Large enough that a usual batch decompresses in a few pieces. */
const CHUNK_BYTES = 64 * 1024;
/** Of a zstd frame; the largest that the encoders of OTLP exporters use without being asked to. */
const ZSTD_WINDOW_LOG_MAX = 25;

/** Blocks of 64 KiB, in three reads each, would be 10 GiB. */
export const READS_MAX = 500_000;

/** Those that Node reads whole. */
const STREAMS: Readonly<Record<string, (request: IncomingMessage) => Promise<Transform>>> = {
  gzip: async () => createGunzip({ chunkSize: CHUNK_BYTES }),
  // HTTP means the zlib format by it; what has not its first byte is deflate without a head.
  deflate: async (request) =>
    ((await firstByte(request)) & 15) === 8
      ? createInflate({ chunkSize: CHUNK_BYTES })
      : createInflateRaw({ chunkSize: CHUNK_BYTES }),
  // What the Collector's exporters call the zlib format.
  zlib: async () => createInflate({ chunkSize: CHUNK_BYTES }),
};

/** Those that we read by frames and blocks. */
const READERS: Readonly<
  Record<string, (body: ByteReader, limits: BodyLimits) => AsyncIterable<Buffer>>
> = {
  zstd: (body) => zstdContent(body, ZSTD_WINDOW_LOG_MAX),
  lz4: (body, { budget }) => lz4Frames(body, budget),
  snappy: (body, { maxBytes, budget }) =>
    snappyOfEitherFormat(body, { maxBytes, budget, tooLarge: () => tooLarge(maxBytes, 'after') }),
  'x-snappy-framed': (body) => snappyFrames(body),
};

/**
 * Returns the request's body, decompressed by its content-encoding. It is read piece
 * by piece and given up at the limit, so that a small body which decompresses to a huge one costs
 * no more than the limit. What it took of the budget is the caller's to give back: `bytes`.
 *
 * @throws Refusal 400 where the compression is broken or the body ends early, 413 past the limit,
 * 415 for another encoding, 503 where the budget is used up.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Body> {
  const blocks: Uint8Array<ArrayBuffer>[] = [];
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let bytes = 0;
  const close = (): void => {
    blocks.push(ownCopy(pieces, pieceBytes));
    pieces = [];
    pieceBytes = 0;
  };
  try {
    for await (const piece of decompressed(request, limits)) {
      if (bytes + piece.length > limits.maxBytes) {
        throw tooLarge(limits.maxBytes, 'after');
      }
      limits.budget.take(piece.length);
      bytes += piece.length;
      pieces.push(piece);
      pieceBytes += piece.length;
      if (pieceBytes >= BLOCK_BYTES) close();
    }
  } catch (error) {
    limits.budget.giveBack(bytes);
    if (error instanceof Refusal) throw error;
    const encoding = encodingOf(request);
    const as = encoding === 'identity' ? '' : ` as ${encoding}, its content-encoding`;
    throw new Refusal('body', `the body cannot be read${as}: ${errorText(error)}`, error);
  }
  close();
  return { blocks, bytes };
}

/** Pieces share their memory with others of their connection; what is handed on may not. */
function ownCopy(pieces: readonly Buffer[], bytes: number): Uint8Array<ArrayBuffer> {
  const copy = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (const piece of pieces) at += piece.copy(copy, at);
  return copy;
}

/** The request itself is never destroyed: its connection has the answer yet to carry. */
async function* decompressed(request: IncomingMessage, limits: BodyLimits): AsyncIterable<Buffer> {
  const encoding = encodingOf(request);
  const streamOf = Object.hasOwn(STREAMS, encoding) ? STREAMS[encoding] : undefined;
  const readerOf = Object.hasOwn(READERS, encoding) ? READERS[encoding] : undefined;
  if (encoding === 'identity') {
    yield* piecesOf(request);
  } else if (streamOf !== undefined) {
    yield* piped(request, await streamOf(request), limits.maxBytes);
  } else if (readerOf !== undefined) {
    const body = new ByteReader(boundedPieces(request, limits.maxBytes), {
      held: limits.budget,
      readsMax: READS_MAX,
    });
    try {
      yield* gathered(readerOf(body, limits));
    } finally {
      await body.close();
    }
  } else {
    const known = [...Object.keys(STREAMS), ...Object.keys(READERS), 'identity'].join(', ');
    throw new Refusal('encoding', `content-encoding must be one of ${known}, got ${encoding}`);
  }
}

async function* piped(
  request: IncomingMessage,
  decoder: Transform,
  maxBytes: number,
): AsyncIterable<Buffer> {
  request.once('error', (error) => decoder.destroy(error));
  request.once('close', () => {
    if (!request.complete) decoder.destroy(new Error('the connection closed before its end'));
  });
  // Compressed bytes can be many and become none.
  let sentBytes = 0;
  request.on('data', (piece: Buffer) => {
    sentBytes += piece.length;
    if (sentBytes > maxBytes) decoder.destroy(tooLarge(maxBytes, 'before'));
  });
  yield* request.pipe(decoder) as AsyncIterable<Buffer>;
}

function piecesOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
}

async function* boundedPieces(request: IncomingMessage, maxBytes: number): AsyncGenerator<Buffer> {
  let sentBytes = 0;
  for await (const piece of piecesOf(request)) {
    sentBytes += piece.length;
    if (sentBytes > maxBytes) throw tooLarge(maxBytes, 'before');
    yield piece;
  }
}

function tooLarge(maxBytes: number, when: 'before' | 'after'): Refusal {
  const message = `the body is over ${maxBytes} bytes ${when} decompression`;
  return new Refusal('size', `${message}; send smaller batches`);
}

/** `x-gzip` is the old name of gzip, which HTTP wants to be taken. */
function encodingOf(request: IncomingMessage): string {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding === '') return 'identity';
  return encoding === 'x-gzip' ? 'gzip' : encoding;
}

/** Returns the first byte of a body, and leaves it there; 0 for an empty body. */
function firstByte(request: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (): void => reject(new Error('the connection closed before its end'));
    request.once('close', failed);
    request.once('readable', () => {
      request.off('close', failed);
      const piece = request.read() as Buffer | null;
      if (piece !== null) request.unshift(piece);
      resolve(piece?.[0] ?? 0);
    });
  });
}
