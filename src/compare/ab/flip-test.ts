import { CORRELATION_MAX, neighbourCorrelation, varianceInflation } from '../correlation.ts';

/**
 * Differences in units of their own size are bet on with each of these stakes, most on those that
 * show a change after ten seconds to a minute: 0.05 is best where it takes half an hour, 3.2 for
 * differences that all point one way. Each is twice the one before.
 */
const STAKES = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2] as const;
/** They sum to 1. */
const WEIGHTS = [1 / 15, 1 / 15, 2 / 15, 4 / 15, 4 / 15, 2 / 15, 1 / 15] as const;
/** Less variation than this part of the squares is rounding. */
const ROUNDING = 1e-9;

/**
 * The evidence of a sequence of differences against being as likely the other way round: where A
 * and B are the same, the difference d of a second might as well have been -d, whatever the seconds
 * before were. Given the sizes |d| alone, for u = d / (root of the mean square of those so far),
 *
 *   e = weighted mean over the stakes k of cosh(k * sum of u) * exp(-sum of log cosh(k u))
 *
 * is a martingale of mean 1: its chance ever to reach 1 / alpha is alpha at most, however often it
 * is looked at. No law of d is assumed, nor that it varies alike.
 *
 * Differences of seconds in a row may be alike for reasons of one side (its garbage, its caches).
 * With their lag-1 correlation r, a standard error above what is seen, the second sum counts
 * (1 + r) / (1 - r) times, so that the evidence only falls by it. What single calls add to the
 * variance is not alike: r is at most the share of the variance that they do not explain.
 * @see de la Pena, "A general class of exponential inequalities for martingales and ratios", 1999;
 *   Ramdas, Ruf, Larsson, Koolen, "Admissible anytime-valid sequential inference must rely on
 *   nonnegative martingales", 2020
 */
export class FlipTest {
  #n = 0;
  #sum = 0;
  #squares = 0;
  #usual = 0;
  /** Of seconds with a difference alone: what nothing tells apart is like no other. */
  readonly #told = { n: 0, products: 0, first: 0, last: 0, usual: 0 };
  /** Of u. */
  #scaledSum = 0;
  /** Of log cosh(k u), by stake. */
  readonly #costs = new Float64Array(STAKES.length);

  /** The sum of the differences. */
  get sum(): number {
    return this.#sum;
  }

  /** How much more the sum varies than single calls would let it; 1 at least. */
  dispersion(): number {
    if (this.#usual === 0) return 1;
    return Math.max(1, (this.#variance(this.#n) / this.#usual) * this.#inflation());
  }

  /**
   * Adds the difference of the next second.
   * @param usual its variance, were all calls independent
   */
  add(difference: number, usual: number): void {
    this.#n++;
    this.#usual += usual;
    if (difference === 0) return;
    this.#sum += difference;
    this.#squares += difference * difference;
    const told = this.#told;
    if (told.n === 0) told.first = difference;
    else told.products += difference * told.last;
    told.n++;
    told.last = difference;
    told.usual += usual;
    const scaled = difference / Math.sqrt(this.#squares / this.#n);
    this.#scaledSum += scaled;
    const logs = logCoshes(scaled);
    for (let i = 0; i < STAKES.length; i++) {
      this.#costs[i] = (this.#costs[i] ?? 0) + (logs[i] ?? 0);
    }
  }

  /** Returns the evidence; 1 where nothing was added. */
  evidence(): number {
    const alike = this.#inflation();
    const logs = logCoshes(this.#scaledSum);
    let bets = 0;
    for (let i = 0; i < STAKES.length; i++) {
      bets += (WEIGHTS[i] ?? 0) * Math.exp((logs[i] ?? 0) - alike * (this.#costs[i] ?? 0));
    }
    return bets;
  }

  /** Of the sum, by how n differences vary around their mean; 0 for one or none. */
  #variance(n: number): number {
    if (n < 2) return 0;
    const squares = this.#squares - (this.#sum * this.#sum) / n;
    return squares <= ROUNDING * this.#squares ? 0 : (squares * n) / (n - 1);
  }

  /** By how much it is larger, since differences in a row are alike; 1 at least. */
  #inflation(): number {
    const { n, first, last, usual } = this.#told;
    const variance = this.#variance(n);
    if (variance <= usual) return 1;
    const mean = this.#sum / n;
    const inner = 2 * this.#sum - first - last;
    const products = this.#told.products - mean * inner + (n - 1) * mean * mean;
    const squares = (variance * (n - 1)) / n;
    const correlation = neighbourCorrelation({ products, squares, groups: 1, n });
    const upper = Math.min(CORRELATION_MAX, correlation + 1 / Math.sqrt(n));
    return varianceInflation(Math.min(upper, 1 - usual / variance));
  }
}

const scratch = new Float64Array(STAKES.length);

/**
 * Returns log cosh(k x) = k |x| + log(1 + exp(-2 k |x|)) - log 2 of each stake k, until it is asked
 * again. As stakes double, the exponential of each is the square of the one before.
 */
function logCoshes(x: number): Float64Array {
  const size = Math.abs(x);
  let far = Math.exp(-2 * STAKES[0] * size);
  for (let i = 0; i < STAKES.length; i++) {
    scratch[i] = (STAKES[i] ?? 0) * size + Math.log1p(far) - Math.LN2;
    far *= far;
  }
  return scratch;
}
