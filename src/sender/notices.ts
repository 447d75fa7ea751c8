/** The most texts that are passed on. */
const TEXTS_MAX = 10;

/**
 * Passes each text on to the user once, up to a bound: a hook that fails may fail in every call.
 */
export class Notices {
  readonly #tell: (text: string) => void;
  readonly #told = new Set<string>();

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  add(text: string): void {
    if (this.#told.size >= TEXTS_MAX || this.#told.has(text)) return;
    this.#told.add(text);
    this.#tell(text);
  }
}
