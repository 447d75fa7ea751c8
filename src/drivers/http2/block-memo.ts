import type { Field } from './hpack-decoder.ts';

/** What a block was found to say. */
export interface ReadBlock {
  readonly status: number;
  readonly contentLength: number;
  readonly fields: readonly Field[];
}

/** A longer block is read anew each time. */
const KEPT_BYTES_MAX = 1_024;

/**
 * Knows the block that was read last, byte for byte: an answer mostly looks like the one before it.
 * Only where blocks do not depend on each other, there being no dynamic table.
 */
export class BlockMemo {
  readonly #bytes = new Uint8Array(KEPT_BYTES_MAX);
  #length = 0;
  #read: ReadBlock | undefined;

  /** Returns what the block says; undefined where it is not the one that was kept. */
  find(bytes: Uint8Array, from: number, to: number): ReadBlock | undefined {
    const length = this.#length;
    if (to - from !== length || this.#read === undefined) return undefined;
    const own = this.#bytes;
    // From the end: what differs is mostly a value that counts up, or the time.
    for (let i = length - 1; i >= 0; i--) if (own[i] !== bytes[from + i]) return undefined;
    return this.#read;
  }

  /** Keeps a block that was read and found good. */
  keep(bytes: Uint8Array, from: number, to: number, read: ReadBlock): void {
    if (to - from > KEPT_BYTES_MAX) return;
    const { status, contentLength, fields } = read;
    this.#bytes.set(bytes.subarray(from, to));
    this.#length = to - from;
    this.#read = { status, contentLength, fields };
  }
}
