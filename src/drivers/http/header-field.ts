const TAB = 9;
const SPACE = 32;
const DELETE = 127;

/** The fields that say where a message ends, in lower case. */
export const CONTENT_LENGTH: Uint8Array = Buffer.from('content-length');
export const TRANSFER_ENCODING: Uint8Array = Buffer.from('transfer-encoding');

/**
 * 1 for every byte that a field's name may hold, 0 for others, by byte.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2
 */
export const IS_TOKEN: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  return /^[\w!#$%&'*+.^`|~-]$/u.test(String.fromCharCode(byte)) ? 1 : 0;
});

/**
 * 1 for every byte that a field's value may hold, 0 for control characters other than tab, by byte.
 */
export const IS_FIELD_TEXT: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  return (byte >= SPACE && byte !== DELETE) || byte === TAB ? 1 : 0;
});

/** Returns whether the bytes are the text, which is in lower case, in any case. */
export function isText(
  bytes: Uint8Array,
  from: number,
  to: number,
  lowerCase: Uint8Array,
): boolean {
  if (to - from !== lowerCase.length) return false;
  for (let i = 0; i < lowerCase.length; i++) {
    const byte = bytes[from + i] ?? 0;
    const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
    if (lower !== lowerCase[i]) return false;
  }
  return true;
}
