import type { ResponseHead } from './response-head.ts';

/** Longest head that is remembered. */
const BYTES_MAX = 4_096;

/** After as many misses in a row as this, heads are remembered ever more rarely. */
const MISSES_MAX = 4;

/** Most heads that pass unremembered between two that are. */
const PASS_MAX = 1_024;

/**
 * The head that came last on any connection of a target. Most answers of a step begin with the same
 * bytes, but for a date that changes once a second: one that is equal, byte for byte, says what the
 * last one said and is not read again. Comparing four bytes at a time costs a tenth of reading.
 *
 * A target whose heads are all different costs little more than without: after a few misses in a
 * row only every 2nd, 4th, ... 1,024th head is remembered.
 */
export class HeadMemo {
  readonly #bytes = new Uint8Array(BYTES_MAX);
  readonly #words = new Int32Array(this.#bytes.buffer);
  readonly #readBuffer: Uint8Array;
  readonly #readWords: Int32Array;
  /** 0 where none is remembered. */
  #length = 0;
  #misses = 0;
  #pass = 0;
  status = 0;
  contentLength = -1;
  chunked = false;
  keepAlive = false;

  /** Only heads at the beginning of this buffer, which lies at a multiple of 4, are known again. */
  constructor(readBuffer: Uint8Array) {
    const { buffer, byteOffset, byteLength } = readBuffer;
    this.#readBuffer = readBuffer;
    this.#readWords = new Int32Array(buffer, byteOffset, byteLength >>> 2);
  }

  /**
   * Returns the length of the head at the beginning of `bytes`, `to` of which were read,
   * where it is the remembered one; 0 where it is not.
   */
  match(bytes: Uint8Array, to: number): number {
    const length = this.#length;
    if (length === 0 || to < length || bytes !== this.#readBuffer) return 0;
    const words = this.#words;
    const readWords = this.#readWords;
    const count = length >>> 2;
    for (let i = 0; i < count; i++) if (words[i] !== readWords[i]) return 0;
    for (let i = count << 2; i < length; i++) if (this.#bytes[i] !== bytes[i]) return 0;
    this.#misses = 0;
    return length;
  }

  /** Takes note of a head that was just read, `length` bytes at the beginning of `bytes`. */
  remember(bytes: Uint8Array, length: number, head: ResponseHead): void {
    if (bytes !== this.#readBuffer || length > BYTES_MAX) return;
    if (this.#pass > 0) {
      this.#pass--;
      return;
    }
    this.#misses++;
    if (this.#misses > MISSES_MAX) {
      this.#pass = Math.min(PASS_MAX, 2 ** (this.#misses - MISSES_MAX)) - 1;
    }
    for (let i = 0; i < length; i++) this.#bytes[i] = bytes[i] ?? 0;
    this.#length = length;
    this.status = head.status;
    this.contentLength = head.contentLength;
    this.chunked = head.chunked;
    this.keepAlive = head.keepAlive;
  }
}
