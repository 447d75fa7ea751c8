import {
  NS_PER_SEC,
  nsFromMs,
  type Ns,
  type RatePerSec,
  type Ratio,
  type Rng,
} from '../../src/core/index.ts';

/** Service times of calls one after another, of a distribution that is known exactly. */
export interface LatencyLaw {
  readonly name: string;
  /** Whether one call's time says nothing of the next one's. */
  readonly independent: boolean;
  /** Returns what draws the calls of one run, each `gapNs` after the one before. */
  readonly begin: (rng: Rng) => (gapNs: Ns) => Ns;
  /** P(L > t). */
  readonly tail: (ns: Ns) => Ratio;
}

/** Most calls within a factor of two, a tail that lengthens slowly. */
export const LOGNORMAL = lognormal('lognormal', nsFromMs(20), 0.6);

/** One call in 300 takes ten times as long: a miss of a cache. */
export const BIMODAL = mixture('bimodal', 1 / 300, [
  lognormal('hit', nsFromMs(10), 0.2),
  lognormal('miss', nsFromMs(100), 0.2),
]);

/** P(L > t) = (10 ms / t)^2.5: past the second no moment exists. */
export const PARETO = pareto('Pareto', nsFromMs(10), 2.5);

/**
 * Returns a single server with one queue, exponential gaps and times, in its steady state: the time
 * in it is exponential, of the rate that is left over.
 */
export function queueLaw(ratePerSec: RatePerSec, load: Ratio): LatencyLaw {
  const servedPerSec = ratePerSec / load;
  const leftPerSec = servedPerSec - ratePerSec;
  return {
    name: `queue at ${load}`,
    independent: false,
    begin: (rng) => {
      let takenNs = rng.nextFloat() < load ? exponential(rng, leftPerSec) : 0;
      return (gapNs) => {
        takenNs = Math.max(0, takenNs - gapNs) + exponential(rng, servedPerSec);
        return takenNs;
      };
    },
    tail: (ns) => Math.exp((-leftPerSec * ns) / NS_PER_SEC),
  };
}

/** Returns the time that the share `tailRatio` of the calls of a law pass, to a ns. */
export function quantileOf({ tail }: LatencyLaw, tailRatio: Ratio): Ns {
  let [low, high] = [1, 3_600 * NS_PER_SEC];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (tail(middle) > tailRatio) low = middle;
    else high = middle;
  }
  return high;
}

/** Returns a draw of the exponential law of so many a second, in ns. */
export function exponential(rng: Rng, perSec: RatePerSec): Ns {
  return (-Math.log(1 - rng.nextFloat()) / perSec) * NS_PER_SEC;
}

/** exp(N(ln median, sigma^2)). */
function lognormal(name: string, medianNs: Ns, sigma: number): LatencyLaw {
  return independent(
    name,
    (rng) => medianNs * Math.exp(sigma * normal(rng)),
    (ns) => (ns <= 0 ? 1 : normalTail(Math.log(ns / medianNs) / sigma)),
  );
}

function pareto(name: string, leastNs: Ns, exponent: number): LatencyLaw {
  return independent(
    name,
    (rng) => leastNs * (1 - rng.nextFloat()) ** (-1 / exponent),
    (ns) => (ns <= leastNs ? 1 : (leastNs / ns) ** exponent),
  );
}

function mixture(
  name: string,
  ratio: Ratio,
  [usual, other]: readonly [LatencyLaw, LatencyLaw],
): LatencyLaw {
  return independent(
    name,
    (rng) => (rng.nextFloat() < ratio ? other : usual).begin(rng)(0),
    (ns) => ratio * other.tail(ns) + (1 - ratio) * usual.tail(ns),
  );
}

function independent(name: string, draw: (rng: Rng) => Ns, tail: LatencyLaw['tail']): LatencyLaw {
  return { name, independent: true, begin: (rng) => () => draw(rng), tail };
}

/** Box and Muller, one of the two. */
function normal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.nextFloat()));
  return radius * Math.cos(2 * Math.PI * rng.nextFloat());
}

/** P(Z > z) of the normal law: from 3 on by Laplace's continued fraction, else by series. */
export function normalTail(z: number): Ratio {
  if (z < 0) return 1 - normalTail(-z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z >= 3) {
    let fraction = z;
    for (let k = 60; k >= 1; k--) fraction = z + k / fraction;
    return density / fraction;
  }
  let term = z;
  let sum = z;
  for (let k = 1; k < 60; k++) {
    term *= (z * z) / (2 * k + 1);
    sum += term;
  }
  return 0.5 - density * sum;
}
