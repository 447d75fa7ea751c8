/** Most bytes of a body that are kept for checks and captures; what is longer is cut there. */
const BODY_MAX_BYTES = 4 * 1024 * 1024;

const FIRST_BYTES = 4_096;
/** A longer buffer is given up with its body: one that is rare must not be kept for every call. */
const KEPT_MAX_BYTES = 64 * 1024;

/**
 * An answer as checks and captures read it: header fields and body. It is made for the steps that
 * read it and used again for one call after another; a call whose step reads nothing has none.
 */
export class Answer {
  /** Name and value, names in lower case, in the order in which they came; trailers last. */
  readonly fields: [name: string, value: string][] = [];
  /** Whether anybody reads {@link fields}: a driver need not fill them in otherwise. */
  wantsFields = true;
  /** Whether the body was longer than what is kept of it. */
  isCut = false;
  #body = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  /** Empties it for the next call. */
  reset(wantsFields = true): void {
    this.wantsFields = wantsFields;
    this.fields.length = 0;
    this.isCut = false;
    this.#length = 0;
    if (this.#body.length > KEPT_MAX_BYTES) this.#body = Buffer.allocUnsafe(FIRST_BYTES);
  }

  /** Bytes that are set aside for bodies. */
  get capacity(): number {
    return this.#body.length;
  }

  /** Returns the value of a field, its lines joined by `, `; undefined where it did not come. */
  field(lowerCaseName: string): string | undefined {
    let value: string | undefined;
    for (const [name, line] of this.fields) {
      if (name === lowerCaseName) value = value === undefined ? line : `${value}, ${line}`;
    }
    return value;
  }

  /** Adds bytes `from` to `to` (excluded) of what was read to the body; they are copied. */
  addBody(bytes: Uint8Array, from: number, to: number): void {
    const taken = Math.min(to - from, BODY_MAX_BYTES - this.#length);
    if (taken < to - from) this.isCut = true;
    if (taken <= 0) return;
    this.#reserve(this.#length + taken);
    this.#body.set(bytes.subarray(from, from + taken), this.#length);
    this.#length += taken;
  }

  /** The body's bytes, valid until the next {@link reset}. */
  get body(): Buffer {
    return this.#body.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#body.length) return;
    const longer = Buffer.allocUnsafe(Math.max(bytes, 2 * this.#body.length));
    this.#body.copy(longer, 0, 0, this.#length);
    this.#body = longer;
  }
}
