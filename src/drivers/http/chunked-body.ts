const CR = 13;
const LF = 10;
const TAB = 9;
const SPACE = 32;
const SEMICOLON = 59;

/** Where in the coding the next byte stands. */
const SIZE_FIRST = 0;
const SIZE = 1;
const SIZE_BLANK = 2;
const EXTENSION = 3;
const SIZE_LF = 4;
const DATA = 5;
const DATA_CR = 6;
const DATA_LF = 7;
const LINE_START = 8;
const TRAILER = 9;
const TRAILER_LF = 10;
const LAST_LF = 11;
const DONE = 12;

/** Digits of a chunk's size: 2^52 - 1 at most. */
const SIZE_DIGITS_MAX = 13;
/** Most bytes of extensions and trailers in one message. */
const EXTRA_BYTES_MAX = 65_536;

/**
 * Finds the end of a body in the chunked coding, cut anywhere, and passes over its data:
 *
 *   1a;ext=1 CRLF <26 bytes> CRLF   ...   0 CRLF   trailer: x CRLF   CRLF
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1
 */
export class ChunkedBody {
  /** What is wrong with it, a short fixed text; '' while nothing is. */
  error = '';
  #state = SIZE_FIRST;
  #size = 0;
  #digits = 0;
  #extraBytes = 0;

  get done(): boolean {
    return this.#state === DONE;
  }

  reset(): void {
    this.error = '';
    this.#state = SIZE_FIRST;
    this.#extraBytes = 0;
  }

  /** Reads on. Returns the position after what belongs to the body, or `to`, or at an error. */
  feed(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && this.#state !== DONE && this.error === '') {
      if (this.#state === DATA) {
        const step = Math.min(this.#size, to - at);
        this.#size -= step;
        at += step;
        if (this.#size === 0) this.#state = DATA_CR;
      } else {
        this.#step(bytes[at] ?? 0);
        at++;
      }
    }
    return at;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case SIZE_FIRST:
        this.#size = 0;
        this.#digits = 0;
        this.#state = SIZE;
        if (!this.#takeDigit(byte)) this.error = 'bad chunk size';
        return;
      case SIZE:
        if (!this.#takeDigit(byte)) this.#afterSize(byte);
        return;
      case SIZE_BLANK:
        this.#afterSize(byte);
        return;
      case EXTENSION:
        this.#passOver(byte, SIZE_LF, 'bad chunk extension');
        return;
      case SIZE_LF:
        this.#expect(byte, LF, this.#size === 0 ? LINE_START : DATA, 'bad chunk size');
        return;
      case DATA_CR:
        this.#expect(byte, CR, DATA_LF, 'bad chunk end');
        return;
      case DATA_LF:
        this.#expect(byte, LF, SIZE_FIRST, 'bad chunk end');
        return;
      case LINE_START:
        if (byte === SPACE || byte === TAB) this.error = 'bad trailer';
        else if (byte === CR) this.#state = LAST_LF;
        else this.#passOver(byte, TRAILER_LF, 'bad trailer', TRAILER);
        return;
      case TRAILER:
        this.#passOver(byte, TRAILER_LF, 'bad trailer');
        return;
      case TRAILER_LF:
        this.#expect(byte, LF, LINE_START, 'bad trailer');
        return;
      default:
        this.#expect(byte, LF, DONE, 'bad trailer');
    }
  }

  #takeDigit(byte: number): boolean {
    const lower = byte | 32;
    let value: number;
    if (byte >= 48 && byte <= 57) value = byte - 48;
    else if (lower >= 97 && lower <= 102) value = lower - 87;
    else return false;
    if (++this.#digits > SIZE_DIGITS_MAX) this.error = 'bad chunk size';
    this.#size = this.#size * 16 + value;
    return true;
  }

  #afterSize(byte: number): void {
    if (byte === CR) this.#state = SIZE_LF;
    else if (byte === SEMICOLON) this.#state = EXTENSION;
    else if (byte === SPACE || byte === TAB) this.#passOver(byte, SIZE_LF, '', SIZE_BLANK);
    else this.error = 'bad chunk size';
  }

  /** Passes over a byte of a line; at its CR the state is `atEnd`, before it `inside`. */
  #passOver(byte: number, atEnd: number, error: string, inside: number = this.#state): void {
    if (byte === CR) this.#state = atEnd;
    else this.#state = inside;
    if (byte === LF || byte === 0) this.error = error;
    if (++this.#extraBytes > EXTRA_BYTES_MAX) this.error = 'trailers too long';
  }

  #expect(byte: number, wanted: number, next: number, error: string): void {
    if (byte === wanted) this.#state = next;
    else this.error = error;
  }
}
