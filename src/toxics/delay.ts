import type { Ns, Rng } from '../core/index.ts';
import type { DelaySpec } from './delay-spec.ts';

/**
 * Returns one delay of the distribution, in whole ns, >= 0. With u uniform in [0, 1) and z standard
 * normal:
 *
 *     constant   delay                       normal     mean + deviation * z
 *     uniform    from + (to - from) * u      lognormal  median * exp(sigma * z)
 *     histogram  value(i), where             pareto     min / (1 - u)^(1 / shape)
 *                cumulative(i-1) <= u * total < cumulative(i)
 *
 * O(1), but O(log n) of a histogram with n values. An empty histogram gives 0. What a histogram
 * gives are its values themselves: nothing is drawn between two of them, so that it repeats what
 * was measured to the resolution in which that was stored.
 */
export function drawDelay(delay: DelaySpec, rng: Rng): Ns {
  switch (delay.distribution) {
    case 'constant':
      return bounded(delay.delayNs, Infinity);
    case 'uniform':
      return bounded(delay.fromNs + (delay.toNs - delay.fromNs) * rng.nextFloat(), Infinity);
    case 'normal':
      return bounded(delay.meanNs + delay.deviationNs * drawNormal(rng), delay.maxNs);
    case 'lognormal':
      return bounded(delay.medianNs * Math.exp(delay.sigma * drawNormal(rng)), delay.maxNs);
    case 'pareto':
      return bounded(delay.minNs / (1 - rng.nextFloat()) ** (1 / delay.shape), delay.maxNs);
    case 'histogram':
      return bounded(drawMeasured(delay, rng), Infinity);
  }
}

function bounded(delayNs: number, maxNs: Ns): Ns {
  return Math.round(Math.min(Math.max(0, delayNs), maxNs));
}

/** Returns a draw of the normal distribution with mean 0 and deviation 1 (Box and Muller, 1958). */
function drawNormal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.nextFloat()));
  return radius * Math.cos(2 * Math.PI * rng.nextFloat());
}

type Histogram = Extract<DelaySpec, { readonly distribution: 'histogram' }>;

/** Per histogram the sums of its counts so far, made at its first draw. */
const CUMULATIVE = new WeakMap<Histogram, readonly number[]>();

function drawMeasured(histogram: Histogram, rng: Rng): Ns {
  const cumulative = cumulativeOf(histogram);
  const wanted = rng.nextFloat() * (cumulative.at(-1) ?? 0);
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return histogram.valueNs[low] ?? 0;
}

function cumulativeOf(histogram: Histogram): readonly number[] {
  const known = CUMULATIVE.get(histogram);
  if (known) return known;
  let total = 0;
  const cumulative = histogram.count.map((count) => (total += Math.max(0, count)));
  CUMULATIVE.set(histogram, cumulative);
  return cumulative;
}
