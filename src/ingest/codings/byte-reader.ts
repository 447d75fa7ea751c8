import type { BodyBudget } from '../body-budget.ts';

/** Blocks of 64 KiB, in three reads each, would be 10 GiB. Very many empty ones cost time alone. */
export const READS_MAX = 500_000;

/** A body that is read by numbers of bytes. What has come and is not read yet is in the budget. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #budget: BodyBudget;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #reads = 0;

  constructor(pieces: AsyncIterable<Buffer>, budget: BodyBudget) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#budget = budget;
  }

  /** Resolves with the next bytes. @throws Error where the body ends within them */
  async take(bytes: number): Promise<Buffer> {
    this.#count();
    const found = await this.peek(bytes);
    if (found.length < bytes) throw endsEarly();
    this.#drop(bytes);
    return found;
  }

  /** Passes over the next bytes. @throws Error where the body ends within them */
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

  /** Resolves with the next bytes, which stay to be read; with fewer where the body ends. */
  async peek(bytes: number): Promise<Buffer> {
    while (this.#waitingBytes < bytes && (await this.#readOn()));
    const [first] = this.#waiting;
    const whole =
      first !== undefined && first.length >= bytes ? first : Buffer.concat(this.#waiting);
    if (whole !== first) this.#waiting = [whole];
    return whole.subarray(0, bytes);
  }

  /** Resolves with all bytes to the end, which stay in the budget until the reader is closed. */
  async peekAll(): Promise<Buffer> {
    return await this.peek(Infinity);
  }

  async isAtEnd(): Promise<boolean> {
    return this.#waitingBytes === 0 && !(await this.#readOn());
  }

  /** Gives back what is in the budget, and ends the body's own iterator. */
  async close(): Promise<void> {
    this.#drop(this.#waitingBytes);
    await this.#pieces.return?.();
  }

  #count(): void {
    if (++this.#reads > READS_MAX) throw new Error('it is cut into too many parts');
  }

  async #readOn(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    this.#budget.take(next.value.length);
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
    this.#budget.giveBack(bytes);
  }
}

function endsEarly(): Error {
  return new Error('it ends early');
}
