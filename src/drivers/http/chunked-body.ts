import type { Answer } from '../../flow/index.ts';
import { addFields } from './answer-fields.ts';
import { ChunkExtensions } from './chunk-extensions.ts';
import { TrailerSection } from './trailer-section.ts';

const CR = 13;
const LF = 10;
const SEMICOLON = 59;

/** The part of the coding that the next byte belongs to. */
const SIZE_FIRST = 0;
const SIZE = 1;
const EXTENSIONS = 2;
const SIZE_LF = 3;
const DATA = 4;
const DATA_CR = 5;
const DATA_LF = 6;
const TRAILERS = 7;
const DONE = 8;

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
  /** Bytes of data passed over. */
  dataBytes = 0;
  readonly #extensions = new ChunkExtensions();
  readonly #trailers = new TrailerSection();
  #state = SIZE_FIRST;
  #size = 0;
  #digits = 0;
  #extraBytes = 0;
  /** Where data and trailers are kept; undefined where nobody reads them. */
  #answer: Answer | undefined;
  readonly #trailerBytes: number[] = [];

  get done(): boolean {
    return this.#state === DONE;
  }

  /** Makes ready for the next body; `answer` is where its data and trailers are kept. */
  reset(answer?: Answer): void {
    this.#answer = answer;
    this.#trailerBytes.length = 0;
    this.error = '';
    this.dataBytes = 0;
    this.#trailers.reset();
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
        this.dataBytes += step;
        this.#answer?.addBody(bytes, at, at + step);
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
      case EXTENSIONS:
        this.#takeExtension(byte);
        return;
      case SIZE_LF:
        this.#expect(byte, LF, this.#size === 0 ? TRAILERS : DATA, 'bad chunk size');
        return;
      case DATA_CR:
        this.#expect(byte, CR, DATA_LF, 'bad chunk end');
        return;
      case DATA_LF:
        this.#expect(byte, LF, SIZE_FIRST, 'bad chunk end');
        return;
      default:
        this.#takeTrailer(byte);
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
    if (byte === SEMICOLON) {
      this.#extensions.reset();
      this.#state = EXTENSIONS;
    } else {
      this.#expect(byte, CR, SIZE_LF, 'bad chunk size');
    }
  }

  #takeExtension(byte: number): void {
    if (byte === CR && this.#extensions.mayEnd) this.#state = SIZE_LF;
    else if (!this.#extensions.take(byte)) this.error = 'bad chunk extension';
    this.#countExtra();
  }

  #takeTrailer(byte: number): void {
    if (this.#answer?.wantsFields === true) this.#trailerBytes.push(byte);
    if (!this.#trailers.take(byte)) this.error = 'bad trailer';
    else if (this.#trailers.done) this.#endTrailers();
    this.#countExtra();
  }

  #endTrailers(): void {
    this.#state = DONE;
    if (this.#answer === undefined || this.#trailerBytes.length === 0) return;
    const bytes = Uint8Array.from(this.#trailerBytes);
    addFields(bytes, 0, bytes.length, this.#answer);
  }

  #countExtra(): void {
    if (++this.#extraBytes > EXTRA_BYTES_MAX) this.error = 'trailers too long';
  }

  #expect(byte: number, wanted: number, next: number, error: string): void {
    if (byte === wanted) this.#state = next;
    else this.error = error;
  }
}
