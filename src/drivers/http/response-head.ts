import {
  CONTENT_LENGTH,
  IS_FIELD_TEXT,
  IS_TOKEN,
  isText,
  TRANSFER_ENCODING,
} from './header-field.ts';

const CR = 13;
const LF = 10;
const TAB = 9;
const SPACE = 32;
const COLON = 58;
const ZERO = 48;
const NINE = 57;

const HTTP_1 = Buffer.from('HTTP/1.');
const CONNECTION = Buffer.from('connection');
const CHUNKED = Buffer.from('chunked');
const CLOSE = Buffer.from('close');
const KEEP_ALIVE = Buffer.from('keep-alive');

/** Longest content-length in digits; more than this no float holds exactly. */
const LENGTH_DIGITS_MAX = 15;

/** What {@link ResponseHead.parse} returns in place of a position. */
export const INCOMPLETE = -1;
export const MALFORMED = -2;

/**
 * The part of a response's head that decides where the message ends: the status, the lengths, and
 * whether the connection stays open. All other headers are checked for form and passed over; no
 * text is made of anything on the way.
 *
 * It takes no liberties that let two readers disagree on where a message ends: lines end in CR LF,
 * no folded lines, no control characters, no space before a colon, no two lengths, no length beside
 * chunked. `test/fuzz` holds it against llhttp: what is whole here is whole there, and as long.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.3
 */
export class ResponseHead {
  status = 0;
  /** -1 where none was given. */
  contentLength = -1;
  chunked = false;
  /** Whether another request may follow on the connection, as far as the head says. */
  keepAlive = true;
  /** What is wrong with it, a short fixed text. */
  error = '';
  #minorVersion = 1;
  #sawTransferEncoding = false;
  #sawClose = false;
  #sawKeepAlive = false;

  /**
   * Reads one head that begins at `from`. Returns the position after its blank line; INCOMPLETE
   * where it goes on past `to`; MALFORMED with {@link error} set, as soon as that is certain.
   */
  parse(bytes: Uint8Array, from: number, to: number): number {
    this.contentLength = -1;
    this.chunked = false;
    this.#sawTransferEncoding = false;
    this.#sawClose = false;
    this.#sawKeepAlive = false;
    let at = this.#statusLine(bytes, from, to);
    while (at >= 0) {
      if (at >= to) return INCOMPLETE;
      if (bytes[at] === CR) return this.#blankLine(bytes, at, to);
      at = this.#headerLine(bytes, at, to);
    }
    return at;
  }

  /** Says what an equal head said. */
  takeFrom(read: Pick<ResponseHead, 'status' | 'contentLength' | 'chunked' | 'keepAlive'>): void {
    this.status = read.status;
    this.contentLength = read.contentLength;
    this.chunked = read.chunked;
    this.keepAlive = read.keepAlive;
  }

  #statusLine(bytes: Uint8Array, from: number, to: number): number {
    for (let i = 0; i < HTTP_1.length; i++) {
      if (from + i >= to) return INCOMPLETE;
      if (bytes[from + i] !== HTTP_1[i]) return this.#malformed('bad status line');
    }
    // HTTP/1.1 200 OK
    //        ^from + 7
    const at = from + HTTP_1.length;
    if (at + 5 >= to) return INCOMPLETE;
    this.#minorVersion = digit(bytes[at]);
    const hundreds = digit(bytes[at + 2]);
    const tens = digit(bytes[at + 3]);
    const ones = digit(bytes[at + 4]);
    const after = bytes[at + 5];
    const inForm =
      (this.#minorVersion === 0 || this.#minorVersion === 1) &&
      bytes[at + 1] === SPACE &&
      hundreds >= 1 &&
      tens >= 0 &&
      ones >= 0 &&
      (after === SPACE || after === CR);
    if (!inForm) return this.#malformed('bad status line');
    this.status = hundreds * 100 + tens * 10 + ones;
    return this.#lineEnd(bytes, at + 5, to, 'bad status line');
  }

  #headerLine(bytes: Uint8Array, nameFrom: number, to: number): number {
    let at = nameFrom;
    while (at < to && IS_TOKEN[bytes[at] ?? 0] === 1) at++;
    if (at >= to) return INCOMPLETE;
    if (at === nameFrom || bytes[at] !== COLON) return this.#malformed('bad header line');
    const next = this.#lineEnd(bytes, at + 1, to, 'bad header line');
    const length = at - nameFrom;
    if (next < 0 || (length !== 10 && length !== 14 && length !== 17)) return next;
    const inForm = this.#framing(bytes, nameFrom, at, at + 1, next - 2);
    return inForm ? next : MALFORMED;
  }

  /** Returns the position after the next CR LF. */
  #lineEnd(bytes: Uint8Array, from: number, to: number, error: string): number {
    let at = from;
    while (at < to && IS_FIELD_TEXT[bytes[at] ?? 0] === 1) at++;
    if (at < to && bytes[at] !== CR) return this.#malformed(error);
    if (at + 1 >= to) return INCOMPLETE;
    return bytes[at + 1] === LF ? at + 2 : this.#malformed(error);
  }

  #blankLine(bytes: Uint8Array, at: number, to: number): number {
    if (at + 1 >= to) return INCOMPLETE;
    if (bytes[at + 1] !== LF) return this.#malformed('bad header line');
    if (this.#sawTransferEncoding && this.contentLength >= 0) {
      return this.#malformed('both content-length and transfer-encoding');
    }
    if (this.#sawTransferEncoding && this.#minorVersion === 0) {
      return this.#malformed('transfer-encoding in HTTP/1.0');
    }
    this.keepAlive = !this.#sawClose && (this.#minorVersion === 1 || this.#sawKeepAlive);
    return at + 2;
  }

  /** Takes in a header if it is one that frames the message. Returns whether it is in form. */
  #framing(
    bytes: Uint8Array,
    nameFrom: number,
    nameTo: number,
    valueFrom: number,
    valueTo: number,
  ): boolean {
    let from = valueFrom;
    let to = valueTo;
    while (from < to && isBlank(bytes[from])) from++;
    while (to > from && isBlank(bytes[to - 1])) to--;
    if (isText(bytes, nameFrom, nameTo, CONTENT_LENGTH)) return this.#takeLength(bytes, from, to);
    if (isText(bytes, nameFrom, nameTo, TRANSFER_ENCODING)) {
      // A tab is a blank to the RFC and a part of the coding's name to others, llhttp among them.
      return bytes.subarray(valueFrom, valueTo).includes(TAB)
        ? this.#refuse('bad transfer-encoding')
        : this.#takeCoding(bytes, from, to);
    }
    if (isText(bytes, nameFrom, nameTo, CONNECTION)) this.#takeConnection(bytes, from, to);
    return true;
  }

  #takeLength(bytes: Uint8Array, from: number, to: number): boolean {
    let length = 0;
    for (let at = from; at < to; at++) {
      const value = digit(bytes[at]);
      if (value < 0) return this.#refuse('bad content-length');
      length = length * 10 + value;
    }
    if (from === to || to - from > LENGTH_DIGITS_MAX) return this.#refuse('bad content-length');
    if (this.contentLength >= 0) {
      const isSame = this.contentLength === length;
      return this.#refuse(isSame ? 'repeated content-length' : 'conflicting content-length');
    }
    this.contentLength = length;
    return true;
  }

  #takeCoding(bytes: Uint8Array, from: number, to: number): boolean {
    // What was chunked must not be coded again: chunked comes last, and once.
    if (this.chunked) return this.#refuse('bad transfer-encoding');
    this.#sawTransferEncoding = true;
    if (isText(bytes, from, to, CHUNKED)) {
      this.chunked = true;
      return true;
    }
    const codings = tokens(bytes, from, to);
    if (codings.indexOf('chunked') !== codings.length - 1) {
      return this.#refuse('bad transfer-encoding');
    }
    this.chunked = true;
    return true;
  }

  #takeConnection(bytes: Uint8Array, from: number, to: number): void {
    if (isText(bytes, from, to, KEEP_ALIVE)) this.#sawKeepAlive = true;
    else if (isText(bytes, from, to, CLOSE)) this.#sawClose = true;
    else {
      const options = tokens(bytes, from, to);
      this.#sawKeepAlive ||= options.includes('keep-alive');
      this.#sawClose ||= options.includes('close');
    }
  }

  #malformed(error: string): typeof MALFORMED {
    this.error = error;
    return MALFORMED;
  }

  #refuse(error: string): false {
    this.error = error;
    return false;
  }
}

/** Returns the value of an ASCII digit, -1 for any other byte. */
function digit(byte: number | undefined): number {
  return byte !== undefined && byte >= ZERO && byte <= NINE ? byte - ZERO : -1;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

function tokens(bytes: Uint8Array, from: number, to: number): string[] {
  const text = Buffer.from(bytes.subarray(from, to)).toString('latin1').toLowerCase();
  // Not trim(): it would take away more than blanks, U+00A0 for one.
  return text.split(',').map((token) => token.replaceAll(/^[ \t]+|[ \t]+$/gu, ''));
}
