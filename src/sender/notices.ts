/** Most different texts that are passed on. */
const TEXTS_MAX = 10;

/** Passes texts on to the user, each once, and after a few no more: what fails may fail every time. */
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
