import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';

/** Thousands of proxies in one request. */
export const BODY_BYTES_MAX = 1024 * 1024;

/**
 * Resolves with the body of a request; with a refusal where it is too long, which is known before it
 * has come where its length was announced; with undefined where the client left before its end.
 */
export function readRequestBody(request: IncomingMessage): Promise<Buffer | ApiError | undefined> {
  const tooLong = new ApiError(`bad request body: it is over ${BODY_BYTES_MAX} bytes`, 413);
  if (Number(request.headers['content-length']) > BODY_BYTES_MAX) return Promise.resolve(tooLong);
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > BODY_BYTES_MAX) {
        request.pause();
        pieces.length = 0;
        resolve(tooLong);
        return;
      }
      pieces.push(piece);
    });
    request.on('end', () => resolve(Buffer.concat(pieces, bytes)));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
