export interface KolmogorovSmirnov {
  readonly count: number;
  /** The largest distance between the empirical and the wanted distribution, 0 to 1. */
  readonly distance: number;
  /** How likely a distance as large is where the wanted distribution holds, 0 to 1. */
  readonly pValue: number;
}

/**
 * Returns how far the gaps between times are from those of a Poisson process of a known rate:
 * independent, exponential, P(gap <= x) = 1 - exp(-rate * x). Valid where the rate was not
 * estimated from the same times. The p-value is the asymptotic one with Stephens' correction, good
 * from some 10 gaps on; of no gap it is 1.
 *
 *   D = sup |F_n(x) - F(x)|,   p = 2 sum_{j>=1} (-1)^(j-1) exp(-2 j^2 t^2),
 *   t = (sqrt n + 0.12 + 0.11 / sqrt n) D
 *
 * @see M. A. Stephens, "Use of the Kolmogorov-Smirnov, Cramer-von Mises and related statistics
 * without extensive tables", J. R. Stat. Soc. B 32 (1970)
 */
export function exponentialGaps(
  ascendingSec: ArrayLike<number>,
  ratePerSec: number,
): KolmogorovSmirnov {
  const count = Math.max(0, ascendingSec.length - 1);
  const probabilities = Float64Array.from({ length: count }, (_, i) => {
    const gapSec = (ascendingSec[i + 1] ?? 0) - (ascendingSec[i] ?? 0);
    return 1 - Math.exp(-ratePerSec * gapSec);
  }).sort();
  let distance = 0;
  for (const [i, probability] of probabilities.entries()) {
    distance = Math.max(distance, (i + 1) / count - probability, probability - i / count);
  }
  const root = Math.sqrt(count);
  return {
    count,
    distance,
    pValue: count === 0 ? 1 : tailProbability((root + 0.12 + 0.11 / root) * distance),
  };
}

function tailProbability(t: number): number {
  // The series alternates slowly where t is small, and there its value is 1 to many digits.
  if (t < 0.2) return 1;
  let sum = 0;
  for (let j = 1; j <= 100; j++) sum += (j % 2 === 1 ? 1 : -1) * Math.exp(-2 * j * j * t * t);
  return Math.min(1, Math.max(0, 2 * sum));
}

/** What was measured how often: `count[i]` times `value[i]`, ascending. */
export interface Measured {
  readonly value: readonly number[];
  readonly count: readonly number[];
}

/**
 * Returns the largest distance, 0 to 1, between the empirical distribution of ascending samples and
 * that of what was measured: two step functions, so the sides of every sample are looked at. 1 of
 * no sample.
 */
export function distanceFromMeasured(ascending: ArrayLike<number>, measured: Measured): number {
  const total = measured.count.reduce((sum, count) => sum + count, 0);
  const n = ascending.length;
  let distance = n === 0 ? 1 : 0;
  let passed = 0;
  let next = 0;
  for (let i = 0; i < n;) {
    const sample = ascending[i] ?? 0;
    // Up to here, and as far as the next value, no sample was added.
    while ((measured.value[next] ?? Infinity) < sample) passed += measured.count[next++] ?? 0;
    distance = Math.max(distance, Math.abs(passed / total - i / n));
    while ((measured.value[next] ?? Infinity) <= sample) passed += measured.count[next++] ?? 0;
    while (i < n && ascending[i] === sample) i++;
    distance = Math.max(distance, Math.abs(passed / total - i / n));
  }
  return distance;
}
