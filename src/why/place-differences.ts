import { rngFrom } from '../core/index.ts';
import { weightedQuantiles } from '../spans/index.ts';
import type { CallPath, PathBook } from './path-book.ts';
import { PLACES_MAX, type PlaceDifference } from './why.ts';

/** The paths of calls of one sort. */
export interface PathSide {
  readonly paths: readonly CallPath[];
  readonly weights: Float64Array;
}

const RESAMPLES = 200;
/**
 * A call is far from the others where it is so many times as far above their median as their
 * 95th percentile is: of one in a thousand calls that differ as 1 / x² does it is not so.
 */
const FAR_TIMES = 3;
/** Of the mean of whole calls: the others are taken to differ by so much at least. */
const SPREAD_MIN = 0.02;
/** A place stands out that is far in so many of the calls, and has so much of what they add. */
const FAR_MIN = 0.5;
const SHARE_MIN = 0.25;
/** Of the mean of whole calls: less is nothing. */
const DIFFERENCE_MIN = 0.001;
/** With fewer calls on a side the interval is no interval. */
export const CALLS_MIN = 5;

/**
 * Returns what each place holds more or less of calls `after` than of calls `before`, those that
 * hold most more first, at most {@link PLACES_MAX}.
 *
 * Slow calls are slow somewhere, also where nothing is wrong: which are the slowest, chance decides
 * too. So a place stands out by how far it is: beyond {@link FAR_TIMES} times the spread that the
 * other calls have there, in most of the calls.
 */
export function placeDifferences(
  book: PathBook,
  before: PathSide,
  after: PathSide,
  seed: number,
): readonly PlaceDifference[] {
  const keys = [...new Set([...before.paths, ...after.paths].flatMap((path) => [...path.keys()]))];
  const wholeNs = meanOf(wholes(before), before.weights);
  const addedNs = meanOf(wholes(after), after.weights) - wholeNs;
  const columns = keys
    .map((key) => {
      const [was, is] = [columnOf(before, key), columnOf(after, key)];
      const beforeNs = meanOf(was, before.weights);
      const afterNs = meanOf(is, after.weights);
      return { key, was, is, beforeNs, afterNs };
    })
    .filter(({ beforeNs, afterNs }) => afterNs - beforeNs > DIFFERENCE_MIN * wholeNs)
    .toSorted((a, b) => b.afterNs - b.beforeNs - (a.afterNs - a.beforeNs) || a.key - b.key)
    .slice(0, PLACES_MAX);
  const draws = resampled(columns, { before, after, seed });
  return columns.map(({ key, was, is, beforeNs, afterNs }, i) => {
    const sorted = draws.map((draw) => draw[i] ?? 0).toSorted((a, b) => a - b);
    const lowNs = sorted[Math.floor(0.025 * RESAMPLES)] ?? 0;
    const highNs = sorted[Math.ceil(0.975 * RESAMPLES) - 1] ?? 0;
    const farNs = farFrom(was, before.weights, wholeNs);
    const isFar = (ns: number): number => Number(ns > farNs);
    const farAfter = meanOf(is.map(isFar), after.weights);
    const share = addedNs > 0 ? Math.min(1, (afterNs - beforeNs) / addedNs) : 0;
    return {
      ...{ place: book.placeOf(key), beforeNs, afterNs, lowNs, highNs, share, farAfter },
      farBefore: meanOf(was.map(isFar), before.weights),
      standsOut: farAfter >= FAR_MIN && share >= SHARE_MIN && lowNs > 0,
    };
  });
}

function farFrom(values: Float64Array, weights: Float64Array, wholeNs: number): number {
  const quantile = weightedQuantiles(values, weights);
  const median = quantile(0.5) ?? 0;
  const spread = Math.max((quantile(0.95) ?? 0) - median, SPREAD_MIN * wholeNs);
  return median + FAR_TIMES * spread;
}

function columnOf({ paths }: PathSide, key: number): Float64Array {
  return Float64Array.from(paths, (path) => path.get(key) ?? 0);
}

function wholes({ paths }: PathSide): Float64Array {
  return Float64Array.from(paths, (path) => [...path.values()].reduce((sum, ns) => sum + ns, 0));
}

/** Returns the mean of values that stand for so many each; 0 for none. */
export function meanOf(values: Float64Array, weights: Float64Array): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights[i] ?? 0;
    sum += weight * (values[i] ?? 0);
    count += weight;
  }
  return count > 0 ? sum / count : 0;
}

interface Column {
  readonly was: Float64Array;
  readonly is: Float64Array;
}

interface Resampling {
  readonly before: PathSide;
  readonly after: PathSide;
  readonly seed: number;
}

/** Returns the differences of the columns' means, with calls of both sides drawn anew each time. */
function resampled(
  columns: readonly Column[],
  { before, after, seed }: Resampling,
): readonly Float64Array[] {
  const rng = rngFrom(seed, 'why-places');
  const draw = ({ weights }: PathSide): Float64Array => {
    const drawn = new Float64Array(weights.length);
    for (let i = 0; i < weights.length; i++) {
      const call = Math.floor((rng.nextUint32() / 2 ** 32) * weights.length);
      drawn[call] = (drawn[call] ?? 0) + (weights[call] ?? 0);
    }
    return drawn;
  };
  return Array.from({ length: RESAMPLES }, () => {
    const [was, is] = [draw(before), draw(after)];
    return Float64Array.from(columns, (one) => meanOf(one.is, is) - meanOf(one.was, was));
  });
}
