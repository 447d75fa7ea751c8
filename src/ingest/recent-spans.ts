import { IdentitySet, NS_PER_SEC, type Clock, type Ns } from '../core/index.ts';

/** Most spans of one generation: 16 MB. */
const GENERATION_MAX = 2 ** 20;
/** Exporters try again for 10 s, Collectors for 5 minutes. */
const GENERATION_NS: Ns = 300 * NS_PER_SEC;

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
    const size = this.#current.size + identities.length / 2;
    if (size > GENERATION_MAX || nowNs - this.#beganNs >= GENERATION_NS) {
      [this.#before, this.#current] = [this.#current, this.#before];
      this.#current.clear();
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
