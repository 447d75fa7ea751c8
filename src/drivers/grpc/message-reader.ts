import { COMPRESSED, MESSAGE_HEAD_BYTES } from './message-frame.ts';

/** A longer message is passed over: nobody reads so much of it. */
export const KEPT_BYTES_MAX = 4 * 1_048_576;

const FIRST_BYTES = 1_024;

/**
 * Reads the messages of one direction of a stream, however their bytes are cut.
 *
 *   flag · length (4) · message ── flag · length (4) · message ── ...
 */
export class MessageReader {
  /** Whole messages so far. */
  count = 0;
  /** Whether the last one is kept for {@link last}. */
  keeps = false;
  /** What is wrong with a message that is compressed; '' for nothing. */
  compressedProblem = '';
  #headLength = 0;
  #flag = 0;
  /** Bytes of the message that are still to come. */
  #left = 0;
  #kept: Buffer = NOTHING;
  #keptLength = 0;
  #isTooLong = false;
  /** The last whole message; its buffer is that of the next but one. */
  #whole: Buffer = NOTHING;
  #wholeLength = 0;
  #isWholeTooLong = false;
  #isWholeCompressed = false;

  /** Begins with another stream. */
  reset(keeps: boolean): void {
    this.count = 0;
    this.keeps = keeps;
    this.#headLength = 0;
    this.#left = 0;
    this.#keptLength = 0;
    this.#isTooLong = false;
    this.#wholeLength = 0;
    this.#isWholeTooLong = false;
  }

  /** Whether nothing of a message has come whose rest has not. */
  get isBetween(): boolean {
    return this.#headLength === 0;
  }

  /**
   * The last whole message, also while the next one comes; empty before the first, undefined where
   * it was too long to be kept.
   */
  get last(): Uint8Array | undefined {
    return this.#isWholeTooLong ? undefined : this.#whole.subarray(0, this.#wholeLength);
  }

  /** Whether {@link last} is compressed. */
  get isLastCompressed(): boolean {
    return this.#isWholeCompressed;
  }

  /**
   * Reads bytes `from` to `to` (excluded), and calls `onMessage` at the end of each message, which
   * may end the reading by returning false. Returns what is wrong, a short fixed text; '' for
   * nothing.
   */
  feed(bytes: Uint8Array, from: number, to: number, onMessage: () => boolean): string {
    let at = from;
    while (at < to) {
      if (this.#headLength < MESSAGE_HEAD_BYTES) {
        const byte = bytes[at++] ?? 0;
        if (this.#headLength === 0) {
          this.#flag = byte;
          this.#left = 0;
        } else {
          this.#left = this.#left * 256 + byte;
        }
        if (++this.#headLength < MESSAGE_HEAD_BYTES) continue;
        if (this.#flag > COMPRESSED) return 'bad message flag';
        if (this.#flag === COMPRESSED && this.compressedProblem !== '') {
          return this.compressedProblem;
        }
        this.#begin();
      } else {
        const end = Math.min(to, at + this.#left);
        if (this.keeps && !this.#isTooLong) this.#keep(bytes, at, end);
        this.#left -= end - at;
        at = end;
      }
      if (this.#left > 0) continue;
      this.#headLength = 0;
      this.count++;
      if (this.keeps) this.#turnOver();
      if (!onMessage()) return '';
    }
    return '';
  }

  #begin(): void {
    this.#keptLength = 0;
    this.#isTooLong = this.#left > KEPT_BYTES_MAX;
  }

  /** The message under reading is whole: its buffer and that of the one before change places. */
  #turnOver(): void {
    const free = this.#whole;
    this.#whole = this.#kept;
    this.#wholeLength = this.#keptLength;
    this.#isWholeTooLong = this.#isTooLong;
    this.#isWholeCompressed = this.#flag === COMPRESSED;
    this.#kept = free;
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const length = this.#keptLength + to - from;
    if (length > this.#kept.length) {
      const wanted = Math.max(FIRST_BYTES, this.#keptLength + this.#left);
      const longer = Buffer.allocUnsafe(wanted);
      this.#kept.copy(longer, 0, 0, this.#keptLength);
      this.#kept = longer;
    }
    this.#kept.set(bytes.subarray(from, to), this.#keptLength);
    this.#keptLength = length;
  }
}

const NOTHING = Buffer.alloc(0);
