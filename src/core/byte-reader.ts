/** Is told of bytes that are held, and may refuse to have more. */
export interface HeldBytes {
  take(bytes: number): void;
  giveBack(bytes: number): void;
}

export interface ByteReaderOptions {
  readonly held?: HeldBytes;
  /** Most reads: very many small ones cost time alone. */
  readonly readsMax?: number;
}

/** Bytes that come in pieces, read by numbers of them. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #held: HeldBytes | undefined;
  readonly #readsMax: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #reads = 0;

  constructor(pieces: AsyncIterable<Buffer>, { held, readsMax }: ByteReaderOptions = {}) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#held = held;
    this.#readsMax = readsMax ?? Infinity;
  }

  /** Resolves with the next bytes. @throws Error where they end within these */
  async take(bytes: number): Promise<Buffer> {
    this.#count();
    const found = await this.peek(bytes);
    if (found.length < bytes) throw endsEarly();
    this.#drop(bytes);
    return found;
  }

  /** Passes over the next bytes. @throws Error where they end within these */
  async skip(bytes: number): Promise<void> {
    this.#count();
    let left = bytes;
    while (left > 0) {
      if (this.#waitingBytes === 0 && !(await this.#readOn())) throw endsEarly();
      const dropped = Math.min(left, this.#waitingBytes);
      this.#drop(dropped);
      left -= dropped;
    }
  }

  /** Resolves with the next bytes, which stay to be read; with fewer where they end. */
  async peek(bytes: number): Promise<Buffer> {
    while (this.#waitingBytes < bytes && (await this.#readOn()));
    const [first] = this.#waiting;
    const whole =
      first !== undefined && first.length >= bytes ? first : Buffer.concat(this.#waiting);
    if (whole !== first) this.#waiting = [whole];
    return whole.subarray(0, bytes);
  }

  /** Resolves with all bytes to the end, which stay held until the reader is closed. */
  async peekAll(): Promise<Buffer> {
    return await this.peek(Infinity);
  }

  async isAtEnd(): Promise<boolean> {
    return this.#waitingBytes === 0 && !(await this.#readOn());
  }

  /** Gives back what is held, and ends the iterator of the pieces. */
  async close(): Promise<void> {
    this.#drop(this.#waitingBytes);
    await this.#pieces.return?.();
  }

  #count(): void {
    if (++this.#reads > this.#readsMax) throw new Error('it is cut into too many parts');
  }

  async #readOn(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    this.#held?.take(next.value.length);
    this.#waiting.push(next.value);
    this.#waitingBytes += next.value.length;
    return true;
  }

  #drop(bytes: number): void {
    let left = bytes;
    while (left > 0) {
      const first = this.#waiting[0] ?? Buffer.alloc(0);
      if (first.length > left) this.#waiting[0] = first.subarray(left);
      else this.#waiting.shift();
      left -= Math.min(left, first.length);
    }
    this.#waitingBytes -= bytes;
    this.#held?.giveBack(bytes);
  }
}

function endsEarly(): Error {
  return new Error('it ends early');
}
