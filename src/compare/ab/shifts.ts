import type { Ratio } from '../../core/index.ts';

/** Looked at one by one up to here, then ever further apart. */
const FINE_RATIO: Ratio = 0.1;
const GROWTH = 1.15;
/** Beyond it, an interval is open. */
const RATIO_MAX: Ratio = 3;

/**
 * Returns by how many buckets B's times may be larger than A's, for all ratios of times that are
 * looked at: ascending, with their negatives and 0, and the least change that counts among them.
 */
export function shiftsFor(changeRatioMin: Ratio, bucketRatio: number): readonly number[] {
  const width = Math.log(bucketRatio);
  const shifts = new Set([Math.log1p(changeRatioMin) / width]);
  const fine = Math.log1p(FINE_RATIO) / width;
  const most = Math.log1p(RATIO_MAX) / width;
  let next = 1;
  while (next <= most) {
    shifts.add(next);
    next = next < fine ? next + 1 : Math.ceil(next * GROWTH);
  }
  const above = [...shifts].filter((shift) => shift > 0).sort((a, b) => a - b);
  return [...above.toReversed().map((shift) => -shift), 0, ...above];
}
