import type { Ratio } from '../../core/index.ts';
import { FlipTest } from './flip-test.ts';

/** Of so many calls or arrivals, those that failed or were dropped. */
export interface Hits {
  readonly hits: number;
  readonly n: number;
}

/** Shares of both sides, and an interval of B's less A's. */
export interface ShareInterval {
  readonly a: Ratio;
  readonly b: Ratio;
  readonly lower: Ratio;
  readonly upper: Ratio;
  /** Against there being no difference. */
  readonly evidence: number;
  /** Of calls or arrivals on both sides. */
  readonly n: number;
}

/** How much is bet on a hit more or less: 0.0125 for shares of half, 3.2 where there are none. */
const STAKES = [0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2] as const;
/** Halves a share below what is told apart. */
const HALVINGS = 20;

/**
 * How much larger a share is on B's side, by seconds in which both did the same. That there is a
 * difference is judged by a {@link FlipTest} of (h_b n_a - h_a n_b) / (n_a + n_b), h hits of n.
 *
 * That there is none worse than delta, it cannot tell, as hits are rare: no hits in a second are
 * much likelier than two. For this they are taken as counts of Poisson; with shares p, p + delta,
 *
 *   e = mean over the stakes k of
 *         exp(-k (h_b - h_a) - n (p + delta) (exp(-k) - 1) - n p (exp(k) - 1))
 *
 * with sums over all seconds is a martingale of mean 1. Hits that come in clumps of c are as n / c
 * single ones: c is how much more d varies than single hits would let it.
 * @see Howard, Ramdas, McAuliffe, Sekhon, "Time-uniform Chernoff bounds via nonnegative
 *   supermartingales", Probability Surveys 17 (2020)
 */
export class PairedShare {
  readonly #test = new FlipTest();
  readonly #a = { hits: 0, n: 0 };
  readonly #b = { hits: 0, n: 0 };

  add(a: Hits, b: Hits): void {
    const n = a.n + b.n;
    if (a.n === 0 || b.n === 0) return;
    this.#a.hits += a.hits;
    this.#a.n += a.n;
    this.#b.hits += b.hits;
    this.#b.n += b.n;
    const share = (a.hits + b.hits) / n;
    this.#test.add((b.hits * a.n - a.hits * b.n) / n, (share * (1 - share) * a.n * b.n) / n);
  }

  /** Returns the interval that does not hold the true difference with so small a chance. */
  interval(alpha: Ratio): ShareInterval {
    const n = this.#a.n + this.#b.n;
    if (n === 0) return { a: 0, b: 0, lower: -1, upper: 1, evidence: 1, n };
    const [a, b] = [this.#a.hits / this.#a.n, this.#b.hits / this.#b.n];
    const single = (2 * this.#a.n * this.#b.n) / (n * this.#test.dispersion());
    const seen = { n: single, evidenceMax: 2 / alpha };
    return {
      ...{ a, b, n },
      lower: -upperEnd({ ...seen, a: b, b: a }),
      upper: upperEnd({ ...seen, a, b }),
      evidence: this.#test.evidence(),
    };
  }
}

interface SeenShares {
  readonly a: Ratio;
  readonly b: Ratio;
  readonly n: number;
  readonly evidenceMax: number;
}

function upperEnd(seen: SeenShares): Ratio {
  let [low, high] = [seen.b - seen.a, 1];
  if (evidenceAgainst(seen, high) < seen.evidenceMax) return 1;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (evidenceAgainst(seen, middle) >= seen.evidenceMax) high = middle;
    else low = middle;
  }
  return high;
}

/** The evidence against a difference that is larger than the one seen; the shares fitted to it. */
function evidenceAgainst({ a, b, n }: SeenShares, difference: Ratio): number {
  const least = Math.max(0, (a + b - Math.abs(difference)) / 2);
  const [inA, inB] = difference > 0 ? [least, least + difference] : [least - difference, least];
  const bets = STAKES.map((stake) =>
    Math.exp(n * (stake * (a - b) - inB * Math.expm1(-stake) - inA * Math.expm1(stake))),
  );
  return bets.reduce((sum, bet) => sum + bet, 0) / bets.length;
}
