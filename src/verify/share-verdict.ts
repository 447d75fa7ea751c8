import { proportionBounds } from '../analyze/index.ts';
import { counted, type Ratio } from '../core/index.ts';
import type { Hits, PartResult } from './verification.ts';

/** What decides where no number of calls is known to. */
export const LONGER = 'longer runs';

/** Nobody makes a run longer by more. */
const TIMES_MAX = 100;

/** A share that was seen with its one-sided 95% bounds, and what it was promised to be at most. */
export interface Bounds {
  readonly lower: Ratio;
  readonly upper: Ratio;
  readonly limit: Ratio;
}

/** Returns whether a share is as small as promised, and by how many it would be decided. */
export function byShare(
  { lower, upper, limit }: Bounds,
  { hits, n }: Hits,
  what: 'call' | 'connection',
): Pick<PartResult, 'verdict' | 'decidedBy'> {
  // Rounding of the limit is no finding.
  if (lower > limit * (1 + 1e-9)) return { verdict: 'not-held', decidedBy: '' };
  if (upper <= limit * (1 + 1e-9)) return { verdict: 'held', decidedBy: '' };
  const needed = neededFor({ hits, n }, limit);
  const more = needed === undefined ? LONGER : `about ${counted(needed, what)}`;
  return { verdict: 'cannot-tell', decidedBy: `${more} outside faults` };
}

/** How many would decide that a share as seen is below a limit; undefined where it is not. */
function neededFor({ hits, n }: Hits, limit: Ratio): number | undefined {
  if (hits === 0) return Math.ceil(Math.log(0.05) / Math.log1p(-limit));
  for (let times = 1; times <= TIMES_MAX; times *= 1.25) {
    const more = Math.ceil(n * times);
    if (proportionBounds(Math.round(hits * times), more).upper <= limit) return more;
  }
  return undefined;
}
