/**
 * The prefix of every message: one byte that says whether it is compressed, and its length.
 */
export const MESSAGE_HEAD_BYTES = 5;

/** The first byte of one that is compressed; 0 for one that is not. */
export const COMPRESSED = 1;

/**
 * Returns a message as it goes in a stream, not compressed.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export function framedMessage(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(MESSAGE_HEAD_BYTES + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, MESSAGE_HEAD_BYTES);
  return bytes;
}
