import type { OnReadOpts } from 'node:net';

/** As much as one read of a socket takes at most. */
const SIZE_BYTES = 64 * 1024;
/** Buffers of closed connections that are kept for the next ones: 16 MB at most. */
const SPARE_MAX = 256;

const spare: Buffer[] = [];

/**
 * What a socket reads into, in place of a fresh buffer for every read: it is read into again as
 * long as `take` returns false. Where `take` returns true the bytes are still needed, and another
 * buffer takes the place of the one that they are in.
 */
export class ReadBuffer implements OnReadOpts {
  readonly #take: (bytes: Uint8Array) => boolean;
  #bytes = spare.pop() ?? Buffer.allocUnsafeSlow(SIZE_BYTES);

  constructor(take: (bytes: Uint8Array) => boolean) {
    this.#take = take;
  }

  /** Asked for before the first read and after each. */
  readonly buffer = (): Uint8Array => this.#bytes;

  readonly callback = (length: number, bytes: Uint8Array): boolean => {
    if (this.#take(bytes.subarray(0, length))) {
      this.#bytes = spare.pop() ?? Buffer.allocUnsafeSlow(SIZE_BYTES);
    }
    return true;
  };

  /** Gives the buffer back: its socket is closed. */
  release(): void {
    if (spare.length < SPARE_MAX) spare.push(this.#bytes);
  }
}
