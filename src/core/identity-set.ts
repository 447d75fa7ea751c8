const SLOTS_MIN = 2 ** 10;
/** Of a slot that was never used, and of one whose identity was deleted. */
const EMPTY = 0;
const DELETED = 1;

/**
 * A set of numbers of 64 bits, as two words each, with open addressing: a Set of bigints takes ten
 * times the memory.
 */
export class IdentitySet {
  #words = new Uint32Array(2 * SLOTS_MIN);
  /** Slots that are not empty. */
  #used = 0;

  get size(): number {
    return this.#used;
  }

  /** Forgets all, and keeps the memory where most of it was used. */
  clear(): void {
    if (this.#used * 8 < this.#words.length) this.#words = new Uint32Array(2 * SLOTS_MIN);
    else this.#words.fill(EMPTY);
    this.#used = 0;
  }

  has(high: number, low: number): boolean {
    const slot = this.#find(high, low);
    return this.#words[slot + 1] !== EMPTY;
  }

  add(high: number, low: number): void {
    const slot = this.#find(high, low);
    if (this.#words[slot + 1] !== EMPTY) return;
    this.#words[slot] = high;
    this.#words[slot + 1] = lowOf(low);
    this.#used++;
    if (this.#used * 2 > this.#words.length / 2) this.#grow();
  }

  delete(high: number, low: number): void {
    const slot = this.#find(high, low);
    if (this.#words[slot + 1] !== EMPTY) this.#words[slot + 1] = DELETED;
  }

  /** Returns where an identity lies, or the empty slot where it would. */
  #find(high: number, low: number): number {
    const words = this.#words;
    const mask = words.length - 2;
    const wanted = lowOf(low);
    for (let slot = (high << 1) & mask; ; slot = (slot + 2) & mask) {
      const there = words[slot + 1];
      if (there === EMPTY || (there === wanted && words[slot] === high)) return slot;
    }
  }

  #grow(): void {
    const before = this.#words;
    this.#words = new Uint32Array(before.length * 2);
    this.#used = 0;
    for (let at = 0; at < before.length; at += 2) {
      const low = before[at + 1] ?? EMPTY;
      if (low > DELETED) this.add(before[at] ?? 0, low);
    }
  }
}

/** Two values of the lower word mean something else. */
function lowOf(low: number): number {
  return low > DELETED ? low : low + 2;
}
