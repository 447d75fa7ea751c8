/** Numbers in one part. */
const PART_NUMBERS = 2 ** 16;
/** Parts at most: 64 MB for half a billion numbers. */
const PARTS_MAX = 2 ** 13;

/**
 * A set of whole numbers that lie close together, as those of a run's arrivals do: a bit each, and
 * nothing is forgotten. Numbers from 2^29 on are in no set.
 */
export class SeqSet {
  readonly #parts: (Uint8Array | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(seq: number): boolean {
    const part = this.#parts[Math.floor(seq / PART_NUMBERS)];
    return part !== undefined && ((part[byteOf(seq)] ?? 0) & bitOf(seq)) !== 0;
  }

  /** Returns whether it was not there before, and is now. */
  add(seq: number): boolean {
    const index = Math.floor(seq / PART_NUMBERS);
    if (index >= PARTS_MAX || this.has(seq)) return false;
    const part = (this.#parts[index] ??= new Uint8Array(PART_NUMBERS / 8));
    part[byteOf(seq)] = (part[byteOf(seq)] ?? 0) | bitOf(seq);
    this.#size++;
    return true;
  }

  /** Returns whether it was there. */
  delete(seq: number): boolean {
    const part = this.#parts[Math.floor(seq / PART_NUMBERS)];
    if (part === undefined || !this.has(seq)) return false;
    part[byteOf(seq)] = (part[byteOf(seq)] ?? 0) & ~bitOf(seq);
    this.#size--;
    return true;
  }
}

/** Within its part. */
function byteOf(seq: number): number {
  return (seq % PART_NUMBERS) >> 3;
}

function bitOf(seq: number): number {
  return 1 << (seq & 7);
}
