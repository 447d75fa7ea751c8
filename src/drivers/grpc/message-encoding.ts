import { deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib';
import { COMPRESSED, framedMessage } from './message-frame.ts';
import { KEPT_BYTES_MAX, type MessageReader } from './message-reader.ts';

/** How messages may be compressed. */
export type MessageEncoding = 'gzip' | 'deflate';

/** `deflate` is zlib's format, as in HTTP. */
const ENCODINGS: Readonly<Record<MessageEncoding, Coding>> = {
  gzip: { encode: gzipSync, decode: gunzipSync },
  deflate: { encode: deflateSync, decode: inflateSync },
};

interface Coding {
  readonly encode: (bytes: Uint8Array) => Buffer;
  readonly decode: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;
}

/** What is said of every call: servers choose among these. */
export const ACCEPTED_ENCODINGS = 'identity,deflate,gzip';

/** Returns a message as it goes in a stream, compressed as grpc-encoding says. */
export function compressedFrame(message: Uint8Array, encoding: MessageEncoding): Buffer {
  const frame = framedMessage(ENCODINGS[encoding].encode(message));
  frame[0] = COMPRESSED;
  return frame;
}

/**
 * Returns what is wrong with a compressed message of a stream whose grpc-encoding is `encoding`, a
 * short text; '' for nothing.
 */
export function encodingProblem(encoding: string): string {
  if (isKnown(encoding)) return '';
  if (encoding === '' || encoding === 'identity') return 'compressed message without grpc-encoding';
  return `unknown grpc-encoding ${/^[\w.-]{1,20}/u.exec(encoding)?.[0] ?? ''}`.trim();
}

/**
 * Returns the last message of a stream, decompressed; undefined where it is longer than what is
 * kept of one: a few bytes may stand for very many.
 * @throws Error that names the encoding, where the bytes are none of it.
 */
export function decodedMessage(reader: MessageReader, encoding: string): Uint8Array | undefined {
  const { last, isLastCompressed } = reader;
  if (last === undefined || last.length === 0 || !isLastCompressed || !isKnown(encoding)) {
    return last;
  }
  try {
    return ENCODINGS[encoding].decode(last, { maxOutputLength: KEPT_BYTES_MAX });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw new Error(`no ${encoding} message`, { cause: error });
  }
}

function isKnown(encoding: string): encoding is MessageEncoding {
  return Object.hasOwn(ENCODINGS, encoding);
}
