import type { Ratio } from '../core/index.ts';
import { proportionBounds } from './proportion-bounds.ts';

/** Each end of the interval misses so often. */
const ONE_SIDE = 0.025;

/** What the interval of a share was made of. */
export interface ShareParts {
  readonly hits: number;
  readonly n: number;
  /** How many calls that ended so tell as much as an independent one; >= 1. */
  readonly clumps: number;
  /** Where of its limit it passes. */
  readonly side: 'below' | 'above';
}

/** Between what a share lies. */
export interface ShareInterval {
  readonly lower: Ratio;
  readonly upper: Ratio;
  /** Never: a share has both ends. */
  readonly open: false;
}

/** By how many looks each end shares its error: that by which a share fails, and passes. */
interface Looks {
  readonly fails: number;
  readonly passes: number;
}

/**
 * Returns the interval of a share: the ends of Clopper and Pearson. For the end by which it passes
 * calls are as alike as the seconds show. For the one by which it fails they are independent: what
 * failed in one burst failed all the same, and bursts are to make no threshold harder to fail.
 */
export function shareInterval(
  { hits, n, clumps, side }: ShareParts,
  { fails, passes }: Looks,
): ShareInterval {
  const [lowerClumps, upperClumps] = side === 'below' ? [1, clumps] : [clumps, 1];
  const [lowerLooks, upperLooks] = side === 'below' ? [fails, passes] : [passes, fails];
  const worth = (count: number, by: number, round: (x: number) => number): number =>
    by === 1 ? count : round(count / by);
  const nLower = Math.max(1, worth(n, lowerClumps, Math.floor));
  const nUpper = Math.max(1, worth(n, upperClumps, Math.floor));
  const fewest = Math.min(nLower, worth(hits, lowerClumps, Math.floor));
  const most = Math.min(nUpper, worth(hits, upperClumps, Math.ceil));
  const { lower } = proportionBounds(fewest, nLower, ONE_SIDE / lowerLooks);
  const { upper } = proportionBounds(most, nUpper, ONE_SIDE / upperLooks);
  return { lower, upper, open: false };
}
