/** Why a recorded request cannot be sent again, and how such lines are counted. */
export interface RequestProblem {
  /** What the line must be, with what it has. */
  readonly problem: string;
  /** Behind a number of lines: `without a path`. */
  readonly reason: string;
}

/**
 * What RFC 3986 allows in a path with its query, and `[`, `]`, which browsers send as they are. A
 * `%` is left as it came.
 */
const ALLOWED = /^[\w\-.~!$&'()*+,;=:@/?%[\]]*$/u;
const NOT_ALLOWED = /[^\w\-.~!$&'()*+,;=:@/?%[\]]/gu;

/**
 * Returns a path with its query as it is asked for: what may not stand there is percent-encoded.
 */
export function encodedPath(text: string): string {
  return ALLOWED.test(text)
    ? text
    : text.toWellFormed().replace(NOT_ALLOWED, (character) => percentEncoded(character));
}

/** Returns the same of a text each of whose characters is one byte. */
export function encodedBytes(bytes: string): string {
  return ALLOWED.test(bytes) ? bytes : bytes.replace(NOT_ALLOWED, percentByte);
}

/** `encodeURIComponent` leaves no character as it is that is not allowed. */
function percentEncoded(character: string): string {
  return encodeURIComponent(character);
}

function percentByte(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

const BACKSLASH = /\\(?:x([0-9A-Fa-f]{2})|(.)|$)/gsu;
/** What Apache writes with one letter; `\"` and `\\` stand for what is escaped. */
const LETTERS: Readonly<Record<string, string>> = {
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
};

/**
 * Returns the bytes of a text in which nginx or Apache escaped some: both write `\xC3`, Apache also
 * `\"`, `\\` and `\t`. The two contradict each other nowhere. Undefined where a backslash begins
 * none of these.
 */
export function withoutBackslashes(text: string): string | undefined {
  if (!text.includes('\\')) return text;
  let isKnown = true;
  const bytes = text.replace(BACKSLASH, (_, hex?: string, letter = ''): string => {
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
    const byte = LETTERS[letter];
    isKnown &&= byte !== undefined;
    return byte ?? '';
  });
  return isKnown ? bytes : undefined;
}

/**
 * Returns the bytes of a text in which HAProxy escaped some: `#22`, and `#23` for `#` itself.
 * Undefined where a `#` begins no such escape.
 */
export function withoutHashes(text: string): string | undefined {
  if (!text.includes('#')) return text;
  if (/#(?![0-9A-Fa-f]{2})/u.test(text)) return undefined;
  return text.replace(/#([0-9A-Fa-f]{2})/gu, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}

/** Returns the bytes that a log which percent-encodes its fields once more stands for. */
export function withoutPercents(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/gu, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
}
