/** So much of a message is kept: it stands in a table, and with every kept call. */
export const MESSAGE_CHARACTERS_MAX = 200;

/** A character is four bytes at most, each of them three characters. */
const ENCODED_CHARACTERS_MAX = MESSAGE_CHARACTERS_MAX * 4 * 3;

/**
 * Returns the text of a grpc-message in one line of at most 200 characters, `…` in the last place
 * where it is longer. What is not percent-encoded as it should be stays as it came.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
 */
export function statusMessage(encoded: string): string {
  const text = encoded
    .slice(0, ENCODED_CHARACTERS_MAX)
    .replaceAll(/(?:%[0-9a-fA-F]{2})+/gu, (bytes) =>
      Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
    )
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (text.length <= MESSAGE_CHARACTERS_MAX) return text;
  const kept = text.slice(0, MESSAGE_CHARACTERS_MAX - 1);
  // Half of a character may have been cut off.
  return `${kept.replace(/\p{Cs}$/u, '')}…`;
}
