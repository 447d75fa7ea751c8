const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;
const STRIPE_BYTES = 16;

/**
 * The checksum of LZ4 frames, with the seed 0.
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 */
export class XxHash32 {
  readonly #lanes = new Int32Array([PRIME_1 + PRIME_2, PRIME_2, 0, -PRIME_1]);
  readonly #open = Buffer.alloc(STRIPE_BYTES);
  #openBytes = 0;
  #bytes = 0;

  update(data: Buffer): this {
    let at = 0;
    this.#bytes += data.length;
    if (this.#openBytes > 0) {
      at = data.copy(this.#open, this.#openBytes);
      this.#openBytes += at;
      if (this.#openBytes < STRIPE_BYTES) return this;
      this.#mixStripes(this.#open, 0, STRIPE_BYTES);
    }
    const end = data.length - ((data.length - at) % STRIPE_BYTES);
    this.#mixStripes(data, at, end);
    this.#openBytes = data.copy(this.#open, 0, end);
    return this;
  }

  /** Returns the hash of all that was given, from 0 to 2^32 - 1. */
  digest(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    let hash =
      this.#bytes >= STRIPE_BYTES
        ? turned(a, 1) + turned(b, 7) + turned(c, 12) + turned(d, 18)
        : PRIME_5;
    hash = (hash + this.#bytes) | 0;
    const rest = this.#open.subarray(0, this.#openBytes);
    const wholeEnd = rest.length - (rest.length % 4);
    for (let at = 0; at < wholeEnd; at += 4) {
      hash = Math.imul(turned(hash + Math.imul(wordAt(rest, at), PRIME_3), 17), PRIME_4);
    }
    for (const byte of rest.subarray(wholeEnd)) {
      hash = Math.imul(turned(hash + Math.imul(byte, PRIME_5), 11), PRIME_1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
    hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #mixStripes(data: Buffer, from: number, to: number): void {
    let [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    for (let at = from; at < to; at += STRIPE_BYTES) {
      a = mixed(a, wordAt(data, at));
      b = mixed(b, wordAt(data, at + 4));
      c = mixed(c, wordAt(data, at + 8));
      d = mixed(d, wordAt(data, at + 12));
    }
    this.#lanes.set([a, b, c, d]);
  }
}

function mixed(lane: number, word: number): number {
  return Math.imul(turned(lane + Math.imul(word, PRIME_2), 13), PRIME_1);
}

function turned(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function wordAt(data: Buffer, at: number): number {
  return (
    (data[at] ?? 0) |
    ((data[at + 1] ?? 0) << 8) |
    ((data[at + 2] ?? 0) << 16) |
    ((data[at + 3] ?? 0) << 24)
  );
}
