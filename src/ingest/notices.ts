/** Most kinds of notices that are passed on; a client that is wrong in endless ways is not. */
const KINDS_MAX = 32;

/** Passes on the first notice of each kind: one exporter sends the same again every second. */
export class Notices {
  readonly #tell: (text: string) => void;
  readonly #kinds = new Set<string>();

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  /** Tells a text, unless another of its kind was told. */
  tell(kind: string, text: string): void {
    if (this.#kinds.has(kind) || this.#kinds.size >= KINDS_MAX) return;
    this.#kinds.add(kind);
    this.#tell(text);
  }

  /** Likewise; texts that differ in what they quote and in numbers are of one kind. */
  tellAlike(text: string): void {
    this.tell(text.replaceAll(/'[^']*'|\d+/gu, '#'), text);
  }
}
