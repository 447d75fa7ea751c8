import { hashText, mix32 } from '../core/index.ts';

const TWO_32 = 2 ** 32;
/** Set in every number's upper half, so that the upper half is never 0; it is below 2^21 itself. */
const TOP_BIT = 0x8000_0000;

/**
 * Maps whole numbers, 0 to 2^53 - 1, to 64 bits that look random: one to one, never all-zero, and
 * different for every key. With u and l the upper and lower 32 bits of the number, top bit set,
 * k1 any and k2 odd out of the key, all modulo 2^32:
 *
 *   low  = mix32(l xor k1)          high = mix32(u + k2 · low)
 *
 * mix32 is a bijection, so low gives l back, and then high gives u. It maps 0 alone to 0: where low
 * is 0, high is mix32(u) and not 0, since u is not.
 *
 * The result lies in `high` and `low` until the next call: the hot path wants no object per call.
 */
export class Bijection64 {
  /** Signed 32 bits, as `low`. */
  high = 0;
  low = 0;
  readonly #k1: number;
  readonly #k2: number;

  constructor(key: string) {
    this.#k1 = hashText(key);
    this.#k2 = hashText(`${key}, odd`) | 1;
  }

  /** Sets `high` and `low` to the image of a number. */
  map(number: number): void {
    const low = mix32(number ^ this.#k1) | 0;
    const upper = Math.floor(number / TWO_32) | TOP_BIT;
    this.high = mix32(upper + Math.imul(low, this.#k2)) | 0;
    this.low = low;
  }

  /** Returns the number whose image is given, undefined where these 64 bits are no image. */
  inverse(high: number, low: number): number | undefined {
    const upper = ((unmix32(high) - Math.imul(low, this.#k2)) ^ TOP_BIT) >>> 0;
    return upper < 2 ** 21 ? upper * TWO_32 + ((unmix32(low) ^ this.#k1) >>> 0) : undefined;
  }
}

/** Returns x where mix32(x) is `value`: its steps undone from the last to the first. */
function unmix32(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x7ed1b41d); // 1 / 0xc2b2ae35
  h = Math.imul(h ^ (h >>> 13) ^ (h >>> 26), 0xa5cb9243); // 1 / 0x85ebca6b
  return h ^ (h >>> 16);
}
