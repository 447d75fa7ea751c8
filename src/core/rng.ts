/** A sequence of pseudo-random draws, the same for the same seed on every machine. */
export interface Rng {
  /** Returns a whole number, 0 to 2^32 - 1, each as likely. */
  nextUint32(): number;
  /** Returns a number x, 0 <= x < 1, with 53 random bits. */
  nextFloat(): number;
}

/**
 * Returns the generator for one seed and one purpose. Different purposes draw independent
 * sequences, so that adding a draw to one leaves the others as they were.
 *
 * Algorithm: sfc32 (small fast counter, 128 bits of state), seeded through {@link mix32}.
 */
export function rngFrom(seed: number, purpose: string): Rng {
  let a = mix32(seed >>> 0);
  let b = mix32(a ^ Math.floor(seed / 2 ** 32));
  let c = hashText(purpose);
  let d = 1;
  const nextUint32 = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  for (let i = 0; i < 15; i++) nextUint32();
  return {
    nextUint32,
    nextFloat: () => ((nextUint32() >>> 5) * 0x4000000 + (nextUint32() >>> 6)) / 2 ** 53,
  };
}

/**
 * Returns the draw that belongs to one event: x, 0 <= x < 1, a function of (seed, purpose,
 * sequence) alone, so that results do not depend on the order in which events are handled.
 */
export function drawAt(seed: number, purposeHash: number, sequence: number): number {
  const seedMix = mix32((seed >>> 0) ^ purposeHash) ^ Math.floor(seed / 2 ** 32);
  const high = mix32(seedMix + (sequence >>> 0));
  return mix32(high ^ Math.floor(sequence / 2 ** 32)) / 2 ** 32;
}

/** Returns a 32-bit hash of a text (FNV-1a, then mixed), for use as a draw's purpose. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mix32(hash);
}

/**
 * Returns a bijective mix of 32 bits (the finaliser of MurmurHash3): equal only for equal input.
 */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
