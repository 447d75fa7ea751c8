import type { Clock, Ns } from '../core/index.ts';
import { NS_PER_SEC } from '../core/index.ts';

/** Most spans of one generation: 16 MB. */
const GENERATION_MAX = 2 ** 20;
/** Exporters try again for 10 s, Collectors for 5 minutes. */
const GENERATION_NS: Ns = 300 * NS_PER_SEC;
const SLOTS_MIN = 2 ** 10;

/**
 * The spans that were stored of late, by their identities (two words each, `identitiesOf`), in two
 * generations: what is older than five to ten minutes, or a million to two million spans, is
 * forgotten. Identities are numbers of 64 bits: two spans share one in 10^13 at the most.
 */
export class RecentSpans {
  readonly #clock: Clock;
  #current = new IdentitySet();
  #before = new IdentitySet();
  #beganNs: Ns;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganNs = clock.nowNs();
  }

  /** Returns the rows of identities that are not among them; undefined where none is. */
  newRowsOf(identities: Uint32Array): readonly number[] | undefined {
    const rows = identities.length / 2;
    let newRows: number[] | undefined;
    for (let row = 0; row < rows; row++) {
      const [high, low] = [identities[2 * row] ?? 0, identities[2 * row + 1] ?? 0];
      const isKnown = this.#current.has(high, low) || this.#before.has(high, low);
      if (isKnown) newRows ??= Array.from({ length: row }, (_, before) => before);
      else newRows?.push(row);
    }
    return newRows;
  }

  add(identities: Uint32Array): void {
    const nowNs = this.#clock.nowNs();
    if (this.#current.size >= GENERATION_MAX || nowNs - this.#beganNs >= GENERATION_NS) {
      this.#before = this.#current;
      this.#current = new IdentitySet();
      this.#beganNs = nowNs;
    }
    for (let at = 0; at < identities.length; at += 2) {
      this.#current.add(identities[at] ?? 0, identities[at + 1] ?? 0);
    }
  }

  /** Forgets what was added, and was not stored. */
  forget(identities: Uint32Array): void {
    for (let at = 0; at < identities.length; at += 2) {
      this.#current.delete(identities[at] ?? 0, identities[at + 1] ?? 0);
      this.#before.delete(identities[at] ?? 0, identities[at + 1] ?? 0);
    }
  }
}

/** Of a slot that was never used, and of one whose identity was deleted. */
const EMPTY = 0;
const DELETED = 1;

/** A hash set with open addressing: a Set of bigints takes ten times the memory. */
class IdentitySet {
  #words = new Uint32Array(2 * SLOTS_MIN);
  /** Slots that are not empty. */
  #used = 0;

  get size(): number {
    return this.#used;
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
