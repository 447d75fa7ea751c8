import type { QuantileEstimate } from '../analyze/index.ts';
import type { RatePerSec, Ratio } from '../core/index.ts';
import type { RateEvaluation } from './rate-evaluation.ts';

/** Where a percentile of the response time over the rate bends. */
export interface Knee {
  readonly percent: 50 | 99;
  /** The probed rate at which it bends, and its neighbours: the bend lies between these. */
  readonly ratePerSec: RatePerSec;
  readonly lowerPerSec: RatePerSec;
  readonly upperPerSec: RatePerSec;
  /** How far the curve hangs below its chord there, both axes scaled to 1. */
  readonly depthRatio: Ratio;
}

/** A curve through fewer rates has no shape. */
const RATES_MIN = 5;
/** A percentile that grows by less over all rates has not bent yet. */
const GROWTH_MIN = 1.5;
/** A curve that hangs less below its chord is a straight line with some noise. */
const DEPTH_MIN = 0.1;

/**
 * Returns the knees of the median and of the 99th percentile, those that there are. Over x = log
 * rate and y = log percentile, each scaled to reach from 0 to 1, the knee is where the curve lies
 * farthest below the chord from its first to its last point, so where x - y is greatest:
 *
 *   y │             /|      Logarithms make it a matter of factors: a queue's doubling at twice the
 *     │          /   |      rate weighs the same wherever it happens. Rates that the generator
 *     │      /      .       could not send are left out.
 *     │  /   ..knee
 *     └───────────────x
 *
 * @see Satopaa, Albrecht, Irwin, Raghavan, "Finding a 'Kneedle' in a haystack", ICDCS workshops,
 *   2011
 */
export function kneesOf(rates: readonly RateEvaluation[]): readonly Knee[] {
  const sound = rates
    .filter(({ verdict }) => verdict !== 'generator')
    .toSorted((a, b) => a.ratePerSec - b.ratePerSec);
  const median = kneeOf(
    50,
    pointsOf(sound, ({ p50 }) => p50),
  );
  const tail = kneeOf(
    99,
    pointsOf(sound, ({ p99 }) => p99),
  );
  return [median, tail].flatMap((knee) => knee ?? []);
}

interface Point {
  readonly ratePerSec: RatePerSec;
  readonly x: number;
  readonly y: number;
}

function pointsOf(
  rates: readonly RateEvaluation[],
  of: (rate: RateEvaluation) => QuantileEstimate | undefined,
): readonly Point[] {
  return rates.flatMap((rate) => {
    const estimate = of(rate);
    if (estimate?.kind !== 'known' || estimate.valueNs <= 0) return [];
    const { ratePerSec } = rate;
    return { ratePerSec, x: Math.log(ratePerSec), y: Math.log(estimate.valueNs) };
  });
}

function kneeOf(percent: Knee['percent'], points: readonly Point[]): Knee | undefined {
  const first = points[0];
  const last = points.at(-1);
  if (points.length < RATES_MIN || first === undefined || last === undefined) return undefined;
  if (last.y - first.y < Math.log(GROWTH_MIN)) return undefined;
  const depthAt = ({ x, y }: Point): number =>
    (x - first.x) / (last.x - first.x) - (y - first.y) / (last.y - first.y);
  const depths = points.map(depthAt);
  const depthRatio = Math.max(...depths);
  const index = depths.indexOf(depthRatio);
  const [lower, knee, upper] = [points[index - 1], points[index], points[index + 1]];
  if (depthRatio < DEPTH_MIN || !lower || !knee || !upper) return undefined;
  return {
    percent,
    ratePerSec: knee.ratePerSec,
    lowerPerSec: lower.ratePerSec,
    upperPerSec: upper.ratePerSec,
    depthRatio,
  };
}
