import { proportionBounds } from '../analyze/index.ts';
import type { Ratio } from '../core/index.ts';
import { differenceOf, type Difference } from './difference.ts';
import type { ShareBlock } from './shares.ts';

/** Each end of an interval misses so often. */
const ONE_SIDE = 0.025;

/**
 * Returns how much larger a share is than `factor` times another, by blocks of time. Blocks without
 * a failure do not vary, and so say of ten calls what they say of ten thousand: each end is at
 * least as far as independent calls put it, of which the ends l, u of Clopper and Pearson make
 *
 *   lower = d - sqrt((p2 - l2)^2 + f^2 (u1 - p1)^2)
 *   upper = d + sqrt((u2 - p2)^2 + f^2 (p1 - l1)^2),   d = p2 - f p1
 *
 * @see Newcombe, "Interval estimation for the difference between independent proportions", 1998
 * @see Zou, Donner, "Construction of confidence limits about effect measures", 2008
 */
export function shareDifference(before: ShareBlock, after: ShareBlock, factor: Ratio): Difference {
  const scaled = {
    value: factor * before.value,
    variance: factor * factor * before.variance,
    freedom: before.freedom,
  };
  const byBlocks = differenceOf(scaled, after);
  if (before.n === 0 || after.n === 0) return byBlocks;
  const [was, is] = [boundsOf(before), boundsOf(after)];
  const { value } = byBlocks;
  const lower = value - Math.hypot(after.value - is.lower, factor * (was.upper - before.value));
  const upper = value + Math.hypot(is.upper - after.value, factor * (before.value - was.lower));
  return {
    ...byBlocks,
    lower: Math.min(byBlocks.lower, lower),
    upper: Math.max(byBlocks.upper, upper),
  };
}

function boundsOf({ value, n }: ShareBlock) {
  return proportionBounds(Math.round(value * n), n, ONE_SIDE);
}

/** Returns of how many calls none has to fail to rule out a share of so much. */
export function callsWithoutFailure(share: Ratio): number {
  return Math.ceil(Math.log(ONE_SIDE) / Math.log1p(-share));
}
