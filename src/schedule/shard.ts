/** One of `count` generators that share a run's schedule: `index` is 0 to count - 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The only generator of a run. */
export const UNSPLIT: Shard = { index: 0, count: 1 };

/**
 * Returns the shard's part of a whole number: parts differ by 1 at most, the first are the larger
 * ones, and together they are the whole. That of Infinity is Infinity.
 */
export function shareOf(whole: number, { index, count }: Shard): number {
  if (whole === Infinity) return Infinity;
  return Math.floor(whole / count) + (index < whole % count ? 1 : 0);
}
