/** Beyond it, what is seen is no noise around a level. */
export const CORRELATION_MAX = 0.9;

/** Sums over neighbours in time, each less the mean of its own group. */
export interface NeighbourSums {
  readonly products: number;
  readonly squares: number;
  /** Groups that gave up a degree of freedom for their mean. */
  readonly groups: number;
  /** Values in all. */
  readonly n: number;
}

/**
 * Returns the lag-1 correlation, corrected for the mean that was taken off: the few values of a
 * group look less alike than they are. At most 0.9; 0 where nothing varies.
 * @see Kendall, "Note on bias in the estimation of autocorrelation", Biometrika 41 (1954)
 */
export function neighbourCorrelation({ products, squares, groups, n }: NeighbourSums): number {
  if (squares === 0) return 0;
  const seen = products / squares;
  return Math.min(CORRELATION_MAX, seen + ((1 + 3 * seen) * groups) / n);
}

/**
 * Returns by how much the variance of a mean is larger than of independent values, where those that
 * follow each other are alike by the correlation and those further apart by its powers; >= 1.
 */
export function varianceInflation(correlation: number): number {
  const alike = Math.max(0, correlation);
  return (1 + alike) / (1 - alike);
}

/** Returns the same for blocks of time, by their residuals: of each stratum, in their order. */
export function blockInflation(strata: readonly (readonly number[])[]): number {
  let products = 0;
  let squares = 0;
  let groups = 0;
  let n = 0;
  for (const residuals of strata) {
    if (residuals.length < 2) continue;
    const mean = residuals.reduce((sum, one) => sum + one, 0) / residuals.length;
    for (const [i, one] of residuals.entries()) {
      squares += (one - mean) ** 2;
      if (i > 0) products += (one - mean) * ((residuals[i - 1] ?? mean) - mean);
    }
    groups++;
    n += residuals.length;
  }
  return varianceInflation(neighbourCorrelation({ products, squares, groups, n }));
}
