import type { Chunk } from './link.ts';

/** A queue of chunks that knows its size in bytes. Taking out costs O(1) on average. */
export class HeldChunks<C extends Chunk = Chunk> {
  #chunks: C[] = [];
  #head = 0;
  #bytes = 0;

  /** Sum of the sizes of the chunks inside. */
  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#chunks.length - this.#head;
  }

  /** Returns the oldest chunk, left inside; undefined where there is none. */
  first(): C | undefined {
    return this.#chunks[this.#head];
  }

  push(chunk: C): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
  }

  /** Takes out and returns the oldest chunk; undefined where there is none. */
  shift(): C | undefined {
    const chunk = this.#chunks[this.#head];
    if (chunk === undefined) return undefined;
    this.#head += 1;
    this.#bytes -= chunk.bytes.length;
    if (this.#head * 2 >= this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
    return chunk;
  }

  /** Takes out and returns the first bytes of the oldest chunk; the rest of it stays the oldest. */
  shiftBytes(byteLength: number): Uint8Array | undefined {
    const chunk = this.first();
    if (chunk === undefined) return undefined;
    if (byteLength >= chunk.bytes.length) return this.shift()?.bytes;
    this.#chunks[this.#head] = { ...chunk, bytes: chunk.bytes.subarray(byteLength) };
    this.#bytes -= byteLength;
    return chunk.bytes.subarray(0, byteLength);
  }

  /** Takes out and returns all chunks, the oldest first. */
  takeAll(): readonly C[] {
    const chunks = this.#chunks.slice(this.#head);
    this.clear();
    return chunks;
  }

  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.#bytes = 0;
  }
}
