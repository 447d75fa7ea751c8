/** Most bytes of one block of fields, over all its frames. */
export const BLOCK_BYTES_MAX = 65_536;
/** Most frames of one block: empty ones must not keep us busy. */
export const BLOCK_FRAMES_MAX = 64;

/** Gathers a block of fields that comes in several frames. */
export class FieldSection {
  /** The stream it belongs to; 0 while none is under way. */
  streamId = 0;
  endStream = false;
  #bytes = Buffer.allocUnsafe(0);
  #length = 0;
  #frames = 0;

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  begin(streamId: number, endStream: boolean): void {
    this.streamId = streamId;
    this.endStream = endStream;
    this.#length = 0;
    this.#frames = 0;
  }

  /** Adds a frame's part; it is copied. Returns whether the block is still within its bounds. */
  add(bytes: Uint8Array, from: number, to: number): boolean {
    const needed = this.#length + to - from;
    if (needed > BLOCK_BYTES_MAX || ++this.#frames > BLOCK_FRAMES_MAX) return false;
    if (needed > this.#bytes.length) {
      const longer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES_MAX, 2 * needed));
      this.#bytes.copy(longer, 0, 0, this.#length);
      this.#bytes = longer;
    }
    this.#bytes.set(bytes.subarray(from, to), this.#length);
    this.#length = needed;
    return true;
  }
}
