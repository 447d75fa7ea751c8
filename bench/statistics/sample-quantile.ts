import type { Ratio } from '../../src/core/index.ts';

/** Returns the value of rank ceil(ratio * n), at least the first, of ascending ones; 0 of none. */
export function sortedQuantile(ascending: ArrayLike<number>, ratio: Ratio): number {
  return ascending[Math.max(1, Math.ceil(ratio * ascending.length)) - 1] ?? 0;
}

/**
 * Returns the middle of some values, the mean of the two middle ones of an even count; 0 of none.
 */
export function median(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  const half = ascending.length / 2;
  const high = ascending[Math.floor(half)] ?? 0;
  return Number.isInteger(half) ? ((ascending[half - 1] ?? high) + high) / 2 : high;
}
