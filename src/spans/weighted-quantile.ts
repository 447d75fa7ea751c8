import type { Ratio } from '../core/index.ts';

/**
 * Returns what reads percentiles, by the nearest rank, of values each of which stands for so many:
 * the least value up to which lies the part `p` of all weight; undefined where there is no value.
 */
export function weightedQuantiles(
  values: ArrayLike<number>,
  weights: ArrayLike<number>,
): (p: Ratio) => number | undefined {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const upTo = new Float64Array(order.length);
  let sum = 0;
  order.forEach((i, rank) => (upTo[rank] = sum += weights[i] ?? 1));
  return (p) => {
    const wanted = p * sum - 1e-9;
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((upTo[middle] ?? 0) >= wanted) high = middle;
      else low = middle + 1;
    }
    const at = order[low];
    return at === undefined ? undefined : values[at];
  };
}
