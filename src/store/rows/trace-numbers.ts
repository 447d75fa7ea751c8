/**
 * Numbers for the ids of traces, in the order in which they are met: spans of a window come by
 * service, so that each id is met again and again, far apart. A text is made of an id but once.
 */
export class TraceNumbers {
  readonly #numberOf: (traceId: string) => number;
  /** Positions in the lists below plus 1, by hash; 0 for none. Twice as long as they, or more. */
  #slots = new Uint32Array(1 << 12);
  #numbers = new Uint32Array(1 << 11);
  #ends = new Uint32Array(1 << 11);
  /** The bytes of all ids, one after another. */
  #bytes = Buffer.alloc(1 << 16);
  #count = 0;

  constructor(numberOf: (traceId: string) => number) {
    this.#numberOf = numberOf;
  }

  numberOf(bytes: Buffer, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashOf(bytes, from, to) & mask;
    for (;;) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0) break;
      if (this.#isEntry(entry - 1, bytes, from, to)) return this.#numbers[entry - 1] ?? 0;
      slot = (slot + 1) & mask;
    }
    const number = this.#numberOf(bytes.toString('utf8', from, to));
    this.#add(slot, number, bytes.subarray(from, to));
    return number;
  }

  #isEntry(entry: number, bytes: Buffer, from: number, to: number): boolean {
    const start = entry === 0 ? 0 : (this.#ends[entry - 1] ?? 0);
    if ((this.#ends[entry] ?? 0) - start !== to - from) return false;
    const known = this.#bytes;
    for (let i = 0; i < to - from; i++) if (known[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #add(slot: number, number: number, id: Buffer): void {
    const entry = this.#count++;
    const start = entry === 0 ? 0 : (this.#ends[entry - 1] ?? 0);
    if (start + id.length > this.#bytes.length) {
      const longer = Buffer.alloc(2 * (start + id.length));
      this.#bytes.copy(longer, 0, 0, start);
      this.#bytes = longer;
    }
    id.copy(this.#bytes, start);
    this.#ends[entry] = start + id.length;
    this.#numbers[entry] = number;
    this.#slots[slot] = entry + 1;
    if (this.#count === this.#numbers.length) this.#grow();
  }

  #grow(): void {
    const length = 2 * this.#numbers.length;
    this.#numbers = grown(this.#numbers, length);
    this.#ends = grown(this.#ends, length);
    const slots = new Uint32Array(2 * length);
    for (let entry = 0; entry < this.#count; entry++) {
      const start = entry === 0 ? 0 : (this.#ends[entry - 1] ?? 0);
      let slot = hashOf(this.#bytes, start, this.#ends[entry] ?? 0) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}

function grown(before: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const after = new Uint32Array(length);
  after.set(before);
  return after;
}

function hashOf(bytes: Buffer, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}
