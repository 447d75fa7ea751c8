import { invariant } from '../core/index.ts';

/** How many of how many. */
export interface Proportion {
  readonly hits: number;
  readonly n: number;
}

/**
 * Returns P(at least so many hits in `window` | both have one proportion): Fisher's exact test,
 * one-sided, by the hypergeometric distribution. Exact for every n; the sum has at most
 * min(hits in both, n of the window) terms.
 */
export function fisherGreater(window: Proportion, baseline: Proportion): number {
  invariant(window.hits <= window.n && baseline.hits <= baseline.n, 'more hits than tries');
  const hits = window.hits + baseline.hits;
  const n = window.n + baseline.n;
  const most = Math.min(hits, window.n);
  let logP = logChoose(hits, window.hits) + logChoose(n - hits, window.n - window.hits);
  logP -= logChoose(n, window.n);
  let term = Math.exp(logP);
  let sum = 0;
  for (let k = window.hits; k <= most; k++) {
    sum += term;
    if (term < sum * Number.EPSILON && k > (hits * window.n) / n) break;
    term *= ((hits - k) / (k + 1)) * ((window.n - k) / (n - hits - window.n + k + 1));
  }
  return Math.min(1, sum);
}

/**
 * Returns the lower end of the interval for window - baseline, `errors` standard errors wide, at
 * least 0: Newcombe's square-and-add of two Wilson intervals, which holds for few tries and for
 * proportions of 0 and 1.
 * @see Newcombe, "Interval estimation for the difference between independent proportions", 1998
 */
export function differenceAtLeast(
  window: Proportion,
  baseline: Proportion,
  errors: number,
): number {
  const [p, q] = [window.hits / window.n, baseline.hits / baseline.n];
  const lower = p - wilson(window, errors).low;
  const upper = wilson(baseline, errors).high - q;
  return Math.max(0, p - q - Math.hypot(lower, upper));
}

function wilson({ hits, n }: Proportion, errors: number): { low: number; high: number } {
  const square = errors * errors;
  const p = hits / n;
  const middle = p + square / (2 * n);
  const half = errors * Math.sqrt((p * (1 - p)) / n + square / (4 * n * n));
  return { low: (middle - half) / (1 + square / n), high: (middle + half) / (1 + square / n) };
}

function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return -Infinity;
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** ln n!, to some 12 digits: by the table up to 255, past it by Stirling's series. */
function logFactorial(n: number): number {
  if (n < LOG_FACTORIALS.length) return LOG_FACTORIALS[n] ?? 0;
  const inverse = 1 / n;
  const series =
    inverse * (1 / 12 - inverse * inverse * (1 / 360 - inverse * inverse * (1 / 1260)));
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
}

const LOG_FACTORIALS = new Float64Array(256);
for (let n = 2; n < LOG_FACTORIALS.length; n++) {
  LOG_FACTORIALS[n] = (LOG_FACTORIALS[n - 1] ?? 0) + Math.log(n);
}

/**
 * Returns P(T > t) for Student's t with so many degrees of freedom, at least 1, through the normal
 * quantile that is as far out; within 5% of the exact tail from 3 degrees on.
 * @see Wallace, "Bounds on normal approximations to Student's distribution", 1959
 */
export function studentAbove(t: number, degrees: number): number {
  const z = Math.sqrt(degrees * Math.log1p((t * t) / degrees));
  return normalAbove((Math.sign(t) * z * (8 * degrees + 1)) / (8 * degrees + 3));
}

/**
 * Returns P(Z > z) for a standard normal Z, to 1e-7 absolute and, past z = 3, to 1% of itself.
 * @see Abramowitz and Stegun 7.1.26; past z = 3 the continued fraction of Mills' ratio
 */
export function normalAbove(z: number): number {
  if (z < 0) return 1 - normalAbove(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z > 3) return density / (z + 1 / (z + 2 / (z + 3 / (z + 4 / z))));
  const t = 1 / (1 + 0.3275911 * (z / Math.SQRT2));
  const poly =
    ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return (poly * Math.exp((-z * z) / 2)) / 2;
}
