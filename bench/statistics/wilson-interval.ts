/** 97.5% of a standard normal lie below it. */
const Z = 1.959964;

/**
 * Returns the 95% interval of a proportion by so many hits in n tries, n > 0.
 * @see Wilson, "Probable inference, the law of succession, and statistical inference", 1927
 */
export function wilsonInterval(hits: number, n: number): { low: number; high: number } {
  const p = hits / n;
  const middle = p + (Z * Z) / (2 * n);
  const half = Z * Math.sqrt((p * (1 - p)) / n + (Z * Z) / (4 * n * n));
  const scale = 1 + (Z * Z) / n;
  return { low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}
