import {
  constants,
  type ClientHttp2Stream,
  type Http2Stream,
  type ServerHttp2Stream,
  type ServerStreamResponseOptions,
} from 'node:http2';
import { headersOf, type RawHeaders } from './header-fields.ts';

/**
 * Headers come from outside, and a session takes more than it sends: a forbidden name, an odd
 * status. What cannot be sent on resets its stream with PROTOCOL_ERROR, as a server does with what
 * it cannot read; each function returns whether it was sent.
 */

/** Sends an interim answer. */
export function sendInterim(stream: ServerHttp2Stream, headers: RawHeaders): boolean {
  return sends(stream, () => stream.additionalHeaders(headersOf(headers)));
}

/** Sends the head of an answer. No `date` is added. */
export function sendAnswer(
  stream: ServerHttp2Stream,
  headers: RawHeaders,
  options: ServerStreamResponseOptions,
): boolean {
  const withoutDate: ServerStreamResponseOptions & { sendDate: boolean } = {
    ...options,
    sendDate: false,
  };
  return sends(stream, () => stream.respond(headers, withoutDate));
}

/** Sends what ends a message. */
export function sendTrailers(
  stream: ServerHttp2Stream | ClientHttp2Stream,
  trailers: RawHeaders,
): boolean {
  return sends(stream, () => stream.sendTrailers(headersOf(trailers)));
}

/** Returns whether an error says that headers cannot be sent, though they were taken. */
export function isUnsendable(error: unknown): boolean {
  return /^ERR_(?:HTTP2_|INVALID_)/u.test(codeOf(error));
}

/** Returns whether an error says that a session is going away, or has no stream number left. */
export function isSessionOver(error: unknown): boolean {
  return /^ERR_HTTP2_(?:GOAWAY_SESSION|INVALID_SESSION|OUT_OF_STREAMS)$/u.test(codeOf(error));
}

function sends(stream: Http2Stream, send: () => void): boolean {
  try {
    send();
    return true;
  } catch (error) {
    if (!isUnsendable(error)) throw error;
    if (!stream.closed && !stream.destroyed) stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
    return false;
  }
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
