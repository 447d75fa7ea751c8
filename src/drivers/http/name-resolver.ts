import { ADDRCONFIG } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { type Clock, type Ns, NS_PER_SEC } from '../../core/index.ts';
import type { DnsSpec } from '../../scenario/index.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Asks for all addresses of a name; rejects where there is none. */
export type LookupAll = (
  host: string,
  family: DnsSpec['family'],
) => Promise<readonly ResolvedAddress[]>;

/** Where the next connection is to try, the first first; never empty. */
export interface Resolved {
  readonly addresses: readonly ResolvedAddress[];
  /** Whether the name could not be looked up anew: these are the addresses known last. */
  readonly stale: boolean;
}

/** How long a look-up may take while there are addresses known from before. */
const PATIENCE_NS: Ns = NS_PER_SEC;

/** After a look-up that failed the next one is made so much later: a name server is not pressed. */
const AGAIN_AFTER_NS: Ns = NS_PER_SEC;

/**
 * Looks up the one name of a target and hands out its addresses in turn. An answer is used for
 * `ttl`; then the next connection asks anew, and all that are dialled meanwhile wait for the same
 * answer. A look-up that fails, or that takes more than a second, leaves the addresses known last
 * in use.
 *
 *   unknown ── asked ──► known ── ttl over, asked ──► known
 *                          ▲             │ failed
 *                          └─── stale ◄──┘  asked again after a second
 */
export class NameResolver {
  readonly #spec: DnsSpec;
  readonly #clock: Clock;
  readonly #lookup: LookupAll;
  #known: readonly ResolvedAddress[] = [];
  #goodUntilNs: Ns = -Infinity;
  #isStale = false;
  #turn = 0;
  #asking: Promise<void> | undefined;

  constructor(spec: DnsSpec, clock: Clock, lookup: LookupAll = lookupAll) {
    this.#spec = spec;
    this.#clock = clock;
    this.#lookup = lookup;
  }

  /**
   * Returns the addresses for one connection: with `all` each call begins at the next one.
   * Rejects with what the look-up failed with where none was ever known.
   */
  async next(host: string): Promise<Resolved> {
    if (this.#clock.nowNs() >= this.#goodUntilNs) await this.#ask(host);
    const all = this.#known;
    const first = this.#spec.addresses === 'all' ? this.#turn++ % all.length : 0;
    return { addresses: [...all.slice(first), ...all.slice(0, first)], stale: this.#isStale };
  }

  #ask(host: string): Promise<void> {
    this.#asking ??= this.#renew(host).finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #renew(host: string): Promise<void> {
    try {
      const found = await this.#withPatience(this.#lookup(host, this.#spec.family));
      if (found.length === 0) throw new Error('the name has no address');
      // The order of a name's addresses changes from answer to answer; the turns are not to.
      this.#known = this.#spec.addresses === 'all' ? found.toSorted(byAddress) : found;
      this.#goodUntilNs = this.#clock.nowNs() + this.#spec.ttlNs;
      this.#isStale = false;
    } catch (error) {
      if (this.#known.length === 0) throw error;
      this.#goodUntilNs = this.#clock.nowNs() + AGAIN_AFTER_NS;
      this.#isStale = true;
    }
  }

  async #withPatience(
    answer: Promise<readonly ResolvedAddress[]>,
  ): Promise<readonly ResolvedAddress[]> {
    if (this.#known.length === 0) return answer;
    const tooLong = Promise.withResolvers<never>();
    const timer = this.#clock.after(PATIENCE_NS, () => {
      tooLong.reject(new Error('the look-up took too long'));
    });
    try {
      return await Promise.race([answer, tooLong.promise]);
    } finally {
      timer.cancel();
    }
  }
}

/** Asks as every other program of the system does: hosts file, then name servers. */
async function lookupAll(
  host: string,
  family: DnsSpec['family'],
): Promise<readonly ResolvedAddress[]> {
  const found = await systemLookup(host, {
    all: true,
    family: family === 'any' ? 0 : family,
    order: 'verbatim',
    ...(family === 'any' ? { hints: ADDRCONFIG } : {}),
  });
  return found.map(({ address, family: kind }) => ({ address, family: kind === 6 ? 6 : 4 }));
}

function byAddress(a: ResolvedAddress, b: ResolvedAddress): number {
  return a.family - b.family || (a.address < b.address ? -1 : 1);
}
