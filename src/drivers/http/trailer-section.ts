import {
  CONTENT_LENGTH,
  IS_FIELD_TEXT,
  IS_TOKEN,
  isText,
  TRANSFER_ENCODING,
} from './header-field.ts';

const CR = 13;
const LF = 10;
const COLON = 58;

const LINE_START = 0;
const NAME = 1;
const VALUE = 2;
const LINE_LF = 3;
const LAST_LF = 4;
const DONE = 5;
const WRONG = 6;

/** One more than the longest name that is recognised. */
const NAME_BYTES_KEPT = TRANSFER_ENCODING.length + 1;

/**
 * Finds the end of the fields behind the last chunk, cut anywhere. They are checked for form as
 * those of the head are; one that would frame the message a second time is wrong there.
 *
 *   name: value CRLF   ...   CRLF
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1.2
 */
export class TrailerSection {
  #state = LINE_START;
  readonly #name = new Uint8Array(NAME_BYTES_KEPT);
  #nameLength = 0;

  get done(): boolean {
    return this.#state === DONE;
  }

  reset(): void {
    this.#state = LINE_START;
  }

  /** Takes the next byte. Returns whether the form still holds. */
  take(byte: number): boolean {
    this.#state = this.#next(byte);
    return this.#state !== WRONG;
  }

  #next(byte: number): number {
    switch (this.#state) {
      case LINE_START:
        this.#nameLength = 0;
        return byte === CR ? LAST_LF : this.#inName(byte);
      case NAME:
        if (byte !== COLON) return this.#inName(byte);
        return this.#framesMessage() ? WRONG : VALUE;
      case VALUE:
        if (byte === CR) return LINE_LF;
        return IS_FIELD_TEXT[byte] === 1 ? VALUE : WRONG;
      case LINE_LF:
        return byte === LF ? LINE_START : WRONG;
      default:
        return byte === LF ? DONE : WRONG;
    }
  }

  #inName(byte: number): number {
    if (IS_TOKEN[byte] !== 1) return WRONG;
    if (this.#nameLength < NAME_BYTES_KEPT) this.#name[this.#nameLength++] = byte;
    return NAME;
  }

  #framesMessage(): boolean {
    return (
      isText(this.#name, 0, this.#nameLength, CONTENT_LENGTH) ||
      isText(this.#name, 0, this.#nameLength, TRANSFER_ENCODING)
    );
  }
}
