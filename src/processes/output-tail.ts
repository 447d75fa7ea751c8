const NEWLINE = 0x0a;

/**
 * The last part of what a process wrote: at most `bytesMax` bytes, whole lines where it was cut.
 */
export class OutputTail {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** The first line lacks its beginning. */
  #isCut = false;

  constructor(bytesMax = 16_384) {
    this.#bytesMax = bytesMax;
  }

  write(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#bytesMax * 2) return;
    this.#trim();
  }

  /** Returns the tail as text without the last line break; '' where nothing was written. */
  text(): string {
    this.#trim();
    const text = Buffer.concat(this.#chunks).toString('utf8').trimEnd();
    return this.#isCut ? text.slice(text.indexOf('\n') + 1) : text;
  }

  /** Cuts down to the bound; done at twice of it, so that a byte is copied once on average. */
  #trim(): void {
    if (this.#bytes <= this.#bytesMax) return;
    const whole = Buffer.concat(this.#chunks);
    const from = whole.length - this.#bytesMax;
    this.#chunks = [Buffer.from(whole.subarray(from))];
    this.#bytes = this.#bytesMax;
    this.#isCut = whole[from - 1] !== NEWLINE;
  }
}
