import { IS_FIELD_TEXT, IS_TOKEN } from './header-field.ts';

const QUOTE = 34;
const SEMICOLON = 59;
const EQUALS = 61;
const BACKSLASH = 92;

const NAME_FIRST = 0;
const NAME = 1;
const VALUE_FIRST = 2;
const VALUE = 3;
const QUOTED = 4;
const ESCAPED = 5;
const QUOTED_END = 6;
const WRONG = 7;

/**
 * Checks the form of what may follow a chunk's size, behind the first semicolon, cut anywhere:
 *
 *   name ; name=value ; name="value \" quoted"
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-7.1.1
 */
export class ChunkExtensions {
  #state = NAME_FIRST;

  /** Whether the line may end here. */
  get mayEnd(): boolean {
    return this.#state === NAME || this.#state === VALUE || this.#state === QUOTED_END;
  }

  reset(): void {
    this.#state = NAME_FIRST;
  }

  /** Takes the next byte. Returns whether the form still holds. */
  take(byte: number): boolean {
    this.#state = this.#next(byte);
    return this.#state !== WRONG;
  }

  #next(byte: number): number {
    switch (this.#state) {
      case NAME:
        if (byte === EQUALS) return VALUE_FIRST;
        return byte === SEMICOLON ? NAME_FIRST : inToken(byte, NAME);
      case VALUE_FIRST:
        return byte === QUOTE ? QUOTED : inToken(byte, VALUE);
      case VALUE:
        return byte === SEMICOLON ? NAME_FIRST : inToken(byte, VALUE);
      case QUOTED:
        if (byte === QUOTE) return QUOTED_END;
        if (byte === BACKSLASH) return ESCAPED;
        return IS_FIELD_TEXT[byte] === 1 ? QUOTED : WRONG;
      case ESCAPED:
        return IS_FIELD_TEXT[byte] === 1 ? QUOTED : WRONG;
      case QUOTED_END:
        return byte === SEMICOLON ? NAME_FIRST : WRONG;
      default:
        return inToken(byte, NAME);
    }
  }
}

function inToken(byte: number, state: number): number {
  return IS_TOKEN[byte] === 1 ? state : WRONG;
}
