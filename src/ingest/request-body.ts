import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { errorText } from '../core/index.ts';
import type { BodyBudget } from './body-budget.ts';
import { Refusal } from './refusal.ts';

export interface BodyLimits {
  /** Largest body after decompression. */
  readonly maxBytes: number;
  readonly budget: BodyBudget;
}

/** Large enough that a usual batch decompresses in a few pieces. */
const GUNZIP_CHUNK_BYTES = 64 * 1024;

/**
 * Returns the request's body, decompressed where it came in gzip. It is read piece by piece and
 * given up at the limit, so that a small body which decompresses to a huge one costs no more than
 * the limit. What it took of the budget is the caller's to give back: as many bytes as returned.
 *
 * @throws Refusal 400 where gzip is broken or the body ends early, 413 past the limit, 415 for
 * another encoding, 503 where the budget is used up.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of decompressed(request)) {
      if (bytes + piece.length > limits.maxBytes) {
        throw new Refusal(413, `the body is over ${limits.maxBytes} bytes after decompression`);
      }
      limits.budget.take(piece.length);
      bytes += piece.length;
      pieces.push(piece);
    }
  } catch (error) {
    limits.budget.giveBack(bytes);
    throw error instanceof Refusal
      ? error
      : new Refusal(400, `the body cannot be read: ${errorText(error)}`, error);
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, bytes);
}

/** The request itself is never destroyed: its connection has the answer yet to carry. */
function decompressed(request: IncomingMessage): AsyncIterable<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity') return request.iterator({ destroyOnReturn: false });
  if (encoding !== 'gzip') {
    throw new Refusal(415, `content-encoding must be gzip or identity, got ${encoding}`);
  }
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  request.once('error', (error) => gunzip.destroy(error));
  request.once('close', () => {
    if (!request.complete) gunzip.destroy(new Error('the connection closed before its end'));
  });
  return request.pipe(gunzip);
}
