/** Points on either side that a spike is told from. */
const REACH = 5;
/** So many deviations from the medians of either side a point may lie. */
const DEVIATIONS_MAX = 4;
/** The standard deviation of a normal law over its median deviation. */
const NORMAL_RATIO = 1.4826;

/**
 * Returns the values with spikes cut off: none lies further than 4 (median) deviations of the
 * eleven points around it outside the medians of the five before it and the five behind it. The
 * first point of a new level is like those behind it, and none. Where most points are equal nothing
 * is cut.
 * @see Hampel, "The influence curve and its role in robust estimation", 1974
 */
export function withoutSpikes(values: readonly number[]): Float64Array {
  const n = values.length;
  const raw = Float64Array.from(values);
  const cut = Float64Array.from(values);
  const near = new Float64Array(2 * REACH + 1);
  for (let i = 0; i < n; i++) {
    const from = Math.max(0, i - REACH);
    const to = Math.min(n, i + REACH + 1);
    const before = medianOf(raw, from, i, near);
    const behind = medianOf(raw, i + 1, to, near);
    const middle = medianOf(raw, from, to, near) ?? 0;
    const allowed = DEVIATIONS_MAX * NORMAL_RATIO * medianDeviation(near, to - from, middle);
    if (allowed === 0) continue;
    const [left, right] = [before ?? behind ?? middle, behind ?? before ?? middle];
    const least = Math.min(left, right) - allowed;
    const most = Math.max(left, right) + allowed;
    cut[i] = Math.min(most, Math.max(least, raw[i] ?? 0));
  }
  return cut;
}

/** Leaves the values of [from, to) sorted in `near`; undefined for none. */
function medianOf(
  raw: Float64Array,
  from: number,
  to: number,
  near: Float64Array,
): number | undefined {
  const count = to - from;
  if (count <= 0) return undefined;
  for (let i = 0; i < count; i++) {
    const value = raw[from + i] ?? 0;
    let at = i;
    for (; at > 0 && (near[at - 1] ?? 0) > value; at--) near[at] = near[at - 1] ?? 0;
    near[at] = value;
  }
  return ((near[(count - 1) >> 1] ?? 0) + (near[count >> 1] ?? 0)) / 2;
}

/** The deviations to the left and to the right ascend from the middle: they are merged. */
function medianDeviation(sorted: Float64Array, count: number, middle: number): number {
  let left = (count >> 1) - 1;
  let right = count >> 1;
  let deviation = 0;
  for (let i = 0; i < (count + 1) >> 1; i++) {
    const below = left >= 0 ? middle - (sorted[left] ?? 0) : Infinity;
    const above = right < count ? (sorted[right] ?? 0) - middle : Infinity;
    deviation = Math.min(below, above);
    if (below <= above) left--;
    else right++;
  }
  return deviation;
}
