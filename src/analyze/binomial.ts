import { invariant, type Ratio } from '../core/index.ts';

/**
 * Returns the largest k with P(X <= k) <= alpha for X ~ Binomial(n, p), or -1 where even
 * P(X = 0) > alpha. 0 < p < 1, 0 < alpha < 1, n up to 10^9.
 *
 * Exact for every n, without an approximation that would want a bound of its own: the search begins
 * near the mean less z standard deviations, sums the lower tail there downwards until its terms are
 * lost in the double's precision (some eight standard deviations, so at most 10^5 terms at n =
 * 10^9), and walks from there, term by term.
 */
export function lowerTailCount(n: number, p: Ratio, alpha: Ratio): number {
  invariant(n >= 0 && p > 0 && p < 1 && alpha > 0 && alpha < 1, `binomial of ${n}, ${p}, ${alpha}`);
  const spread = Math.sqrt(n * p * (1 - p));
  let k = Math.min(n, Math.max(0, Math.round(n * p - 2 * spread)));
  let term = binomialPmf(n, p, k);
  let tail = lowerTailFrom(n, p, k, term);
  while (tail <= alpha && k < n) {
    k += 1;
    term *= ((n - k + 1) * p) / (k * (1 - p));
    tail += term;
  }
  while (tail > alpha && k >= 0) {
    tail -= term;
    term *= (k * (1 - p)) / ((n - k + 1) * p);
    k -= 1;
  }
  return k;
}

/** Returns the smallest k with P(X >= k) <= alpha for X ~ Binomial(n, p), or n + 1 for none. */
export function upperTailCount(n: number, p: Ratio, alpha: Ratio): number {
  return n - lowerTailCount(n, 1 - p, alpha);
}

/** Returns P(X <= k) for X ~ Binomial(n, p); 0 < p < 1, 0 <= k <= n. */
export function binomialAtMost(n: number, p: Ratio, k: number): Ratio {
  if (k === n) return 1;
  // The tail that is summed is the smaller one: the terms of the other begin lost in precision.
  if (k > n * p) return 1 - lowerTailFrom(n, 1 - p, n - k - 1, binomialPmf(n, 1 - p, n - k - 1));
  return Math.min(1, lowerTailFrom(n, p, k, binomialPmf(n, p, k)));
}

/**
 * Returns P(X = k) for X ~ Binomial(n, p), 0 <= k <= n, to some 15 digits for every n: the
 * factorials cancel on paper rather than in floating point.
 * @see Loader, "Fast and accurate computation of binomial probabilities", 2000
 */
export function binomialPmf(n: number, p: number, k: number): number {
  if (k === 0) return Math.exp(n * Math.log1p(-p));
  if (k === n) return Math.exp(n * Math.log(p));
  const logPmf =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * (1 - p));
  return Math.exp(logPmf) * Math.sqrt(n / (2 * Math.PI * k * (n - k)));
}

function lowerTailFrom(n: number, p: Ratio, k: number, pmf: number): number {
  let sum = 0;
  let term = pmf;
  for (let i = k; i >= 0 && term > sum * Number.EPSILON; i--) {
    sum += term;
    term *= (i * (1 - p)) / ((n - i + 1) * p);
  }
  return sum;
}

/** ln k! less Stirling's formula for it; the series is exact to a double past 15. */
function stirlingError(k: number): number {
  if (k <= 15) {
    let logFactorial = 0;
    for (let i = 2; i <= k; i++) logFactorial += Math.log(i);
    return logFactorial - ((k + 0.5) * Math.log(k) - k + 0.5 * Math.log(2 * Math.PI));
  }
  const square = k * k;
  return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / square) / square) / square) / k;
}

/** x ln(x / mean) + mean - x, by its series where the two are close and the terms would cancel. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const ratio = (x - mean) / (x + mean);
  let sum = (x - mean) * ratio;
  let term = 2 * x * ratio;
  for (let j = 1; j < 1_000; j++) {
    term *= ratio * ratio;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
  return sum;
}
