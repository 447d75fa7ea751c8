/** A text that is no JSON, in the words of Go's encoding/json. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/**
 * The tokens of a JSON text, read byte for byte as Go's scanner reads them, so that what is wrong is
 * found at the same byte and said in the same words.
 */
export class JsonTokens {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Returns the next byte that is no white space, without taking it. @throws at the end. */
  peek(): number {
    while (SPACES.has(this.#bytes[this.#at] ?? -1)) this.#at += 1;
    return this.#byte();
  }

  /** Refuses anything but white space from here on. */
  end(): void {
    const rest = this.#bytes.subarray(this.#at).find((byte) => !SPACES.has(byte));
    if (rest !== undefined) this.fail(rest, 'after top-level value');
  }

  /** Takes the byte that `peek` returned. */
  take(): void {
    this.#at += 1;
  }

  /** Throws for a byte that cannot stand where it stands. */
  fail(byte: number, context: string): never {
    throw new JsonSyntaxError(`invalid character ${quoted(byte)} ${context}`);
  }

  /** Takes a text whose opening quote comes next; what is not UTF-8 in it becomes U+FFFD. */
  string(): string {
    const from = ++this.#at;
    let isPlain = true;
    for (let byte = this.#byte(); byte !== QUOTE; byte = this.#byte()) {
      if (byte < 0x20) this.fail(byte, 'in string literal');
      this.#at += 1;
      if (byte !== BACKSLASH) continue;
      isPlain = false;
      this.#escape();
    }
    const raw = this.#bytes.toString('utf8', from, this.#at++);
    return isPlain ? raw : unescaped(raw);
  }

  /** Takes a number; returns its digits as they were written. */
  number(): string {
    const from = this.#at;
    if (this.#byte() === code('-')) this.#at += 1;
    if (this.#optional('0') === undefined) this.#digits('in numeric literal');
    if (this.#optional('.') !== undefined) this.#digits('after decimal point in numeric literal');
    if (this.#optional('eE') !== undefined) {
      this.#optional('+-');
      this.#digits('in exponent of numeric literal');
    }
    return this.#bytes.toString('latin1', from, this.#at);
  }

  /** Takes the rest of `true`, `false` or `null`, whose first letter comes next. */
  word(word: string): void {
    for (const letter of word) {
      const byte = this.#byte();
      if (byte !== code(letter)) this.fail(byte, `in literal ${word} (expecting '${letter}')`);
      this.#at += 1;
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte !== undefined) return byte;
    const isBlank = this.#bytes.every((seen) => SPACES.has(seen));
    throw new JsonSyntaxError(isBlank ? 'EOF' : 'unexpected EOF');
  }

  /** Takes what follows a backslash. */
  #escape(): void {
    const byte = this.#byte();
    if (!ESCAPES.has(byte)) this.fail(byte, 'in string escape code');
    this.#at += 1;
    if (byte !== code('u')) return;
    for (let i = 0; i < 4; i++, this.#at++) {
      const digit = this.#byte();
      if (!HEX_DIGITS.has(digit)) this.fail(digit, 'in \\u hexadecimal character escape');
    }
  }

  /** Takes one digit at least. */
  #digits(context: string): void {
    const first = this.#byte();
    if (!isDigit(first)) this.fail(first, context);
    while (isDigit(this.#bytes[this.#at] ?? -1)) this.#at += 1;
  }

  /** Takes the next byte where it is one of these; returns undefined where it is not. */
  #optional(oneOf: string): number | undefined {
    const byte = this.#bytes[this.#at];
    if (byte === undefined || !oneOf.includes(String.fromCharCode(byte))) return undefined;
    this.#at += 1;
    return byte;
  }
}

const QUOTE = code('"');
const BACKSLASH = code('\\');
const SPACES = codes(' \t\r\n');
const ESCAPES = codes('"\\/bfnrtu');
const HEX_DIGITS = codes('0123456789abcdefABCDEF');
const NAMED_CONTROLS = 'abtnvfr';

function code(letter: string): number {
  return letter.charCodeAt(0);
}

function codes(letters: string): ReadonlySet<number> {
  return new Set(Array.from(letters, code));
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The scanner has checked the escapes: JSON.parse reads them; half a surrogate pair is no text. */
function unescaped(raw: string): string {
  return (JSON.parse(`"${raw}"`) as string).toWellFormed();
}

/** A byte as Go quotes it: `'x'`, `'\x00'`, `'\u0080'`. */
function quoted(byte: number): string {
  const letter = String.fromCharCode(byte);
  if (letter === "'" || letter === '\\') return `'\\${letter}'`;
  if (byte >= 0x07 && byte <= 0x0d) return `'\\${NAMED_CONTROLS[byte - 0x07]}'`;
  if (byte < 0x20 || byte === 0x7f) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  const isShown = byte < 0x80 || (byte > 0xa0 && byte !== 0xad);
  return isShown ? `'${letter}'` : `'\\u${byte.toString(16).padStart(4, '0')}'`;
}
