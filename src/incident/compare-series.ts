import { commonShifts, type CommonShift, type TimeShift } from './common-shift.ts';
import type { Gathered } from './gather-series.ts';
import { effectiveProportions, wholeOf } from './effective-proportions.ts';
import { qValues } from '../core/index.ts';
import { differenceAtLeast, fisherGreater, studentAbove } from './proportions.ts';
import { Series, type SeriesBook, type SeriesKey } from './series.ts';
import { blockSquares } from './time-blocks.ts';

/** One series that got worse, or may have. */
export interface Change {
  readonly number: number;
  readonly key: SeriesKey;
  /** Per count: ns per span, calls per span of the operation, or a ratio. */
  readonly baselineMean: number;
  readonly windowMean: number;
  readonly baselineCount: number;
  readonly windowCount: number;
  /** The difference of the means less one standard error, at least 0. */
  readonly atLeast: number;
  /** P(such a difference | nothing changed), one-sided, and its q-value among all changes. */
  readonly p: number;
  readonly q: number;
  /** What one more of it amounts to: an added call to the ns that calls took; else 1. */
  readonly amountPerUnit: number;
  /**
   * What that does to the window, in traces' worth: an added ns is a part of the time of all traces
   * as the baseline had them, an error or a stopped request one trace.
   */
  readonly harmPerAmount: number;
}

/** How many standard errors an amount is taken below its estimate. */
const ERRORS_BELOW = 1;

/** Returns the series that both windows have, each compared; those that got better have p > 0.5. */
export function compareSeries(
  baseline: Gathered,
  window: Gathered,
  book: SeriesBook,
): readonly Change[] {
  const { weightedTraces } = window;
  const expectedNs = (total(baseline.traceTimesNs) / baseline.weightedTraces) * weightedTraces;
  const worth = { expectedNs, traceCount: weightedTraces };
  const pairs = [...window.series].flatMap(([number, series]): readonly SeriesPair[] => {
    const key = book.key(number);
    if (key.measure === 'spans') return [];
    const now = countedSeries(series, window);
    const empty = new Series(series.countedBy);
    const before = countedSeries(baseline.series.get(number) ?? empty, baseline);
    return before.count === 0 || now.count === 0 ? [] : [{ number, key, series, before, now }];
  });
  const common = commonShifts(pairs.filter(({ key }) => key.measure === 'time').map(timeShift));
  const changes = pairs.map((pair) => ({
    number: pair.number,
    key: pair.key,
    ...compare(pair, common),
    ...harmOf(pair.key, pair.series, worth),
  }));
  const q = qValues(changes.map(({ p }) => p));
  return changes.map((change, i) => ({ ...change, q: q[i] ?? 1 }));
}

/** One series in both windows. */
interface SeriesPair {
  readonly number: number;
  readonly key: SeriesKey;
  readonly series: Series;
  readonly before: CountedSeries;
  readonly now: CountedSeries;
}

function timeShift({ key, before, now }: SeriesPair): TimeShift {
  return {
    key,
    differenceNs: now.sum / now.count - before.sum / before.count,
    errorNs: standardError(before, now, FAR_SAMPLES),
    count: now.count,
  };
}

/** A series beside the counts that belong to it. */
interface CountedSeries {
  readonly sum: number;
  readonly sumSquares: number;
  readonly products: number;
  readonly count: number;
  readonly countSquares: number;
  /** How many traces have it. */
  readonly traces: number;
  /** What blocks of traces are off, see {@link blockSquares}. */
  readonly blockSquares: number;
  /** Of spans: Σ weight² of those counted, and of what is summed, see {@link Series}. */
  readonly weightedCount: number;
  readonly weightedSum: number;
}

function countedSeries(series: Series, { series: all }: Gathered): CountedSeries {
  const own = series.countedBy === undefined ? series : all.get(series.countedBy);
  const counts = own ?? new Series();
  const { sum, sumSquares, products } = series;
  const { count, countSquares, traces, weightedCount } = counts;
  return {
    sum,
    sumSquares,
    products,
    count,
    countSquares,
    traces: traces.length,
    blockSquares: blockSquares(series, counts),
    weightedCount,
    weightedSum: series.weightedSum,
  };
}

type Comparison = Pick<
  Change,
  'baselineMean' | 'windowMean' | 'baselineCount' | 'windowCount' | 'atLeast' | 'p'
>;

function compare(
  { key, before, now }: SeriesPair,
  common: (key: SeriesKey) => CommonShift,
): Comparison {
  const { measure } = key;
  const means = {
    baselineMean: before.sum / before.count,
    windowMean: now.sum / now.count,
    baselineCount: before.count,
    windowCount: now.count,
  };
  if (measure === 'stops' || measure === 'errors') {
    const [hits, hitsBefore] = effectiveProportions(now, before);
    return {
      ...means,
      atLeast: differenceAtLeast(hits, hitsBefore, ERRORS_BELOW),
      p: now.sum === 0 ? 1 : fisherGreater(wholeOf(hits), wholeOf(hitsBefore)),
    };
  }
  const { shiftNs, spreadNs } = measure === 'time' ? common(key) : { shiftNs: 0, spreadNs: 0 };
  const difference = means.windowMean - means.baselineMean - shiftNs;
  const own = standardError(before, now, measure === 'time' ? FAR_SAMPLES : FAR_COUNTS);
  const error = Math.hypot(own, spreadNs);
  const t = error > 0 ? difference / error : 0;
  return {
    ...means,
    atLeast: Math.max(0, difference - ERRORS_BELOW * error),
    p: studentAbove(t, Math.max(1, before.traces + now.traces - 2)),
  };
}

/** Samples as far off as the mean is large: of times, and of counts, which are often constant. */
const FAR_SAMPLES = 0.1;
const FAR_COUNTS = 2;

/**
 * Returns the standard error of the difference of the two means, each the ratio r = S / C of sums
 * over traces t. It is the larger of two: that of traces which are independent, as if both windows
 * had one variance, which is what no change means, and that of blocks of time, each window for
 * itself:
 *
 *   v = (Σ (s_t - r c_t)^2 over the traces of both + f m^2) / (C + C' - 1)
 *   error^2 = max(v (1 / C + 1 / C'), b / C^2 + b' / C'^2)
 *
 * b is what the blocks of a window are off, squared. Spans of one trace are one sample, whatever
 * they have in common. m is the greater mean, f how many samples are added that are as far off as
 * it is large: few that agree prove nothing.
 */
function standardError(
  countedBefore: CountedSeries,
  countedNow: CountedSeries,
  farSamples: number,
): number {
  const [before, now] = [effective(countedBefore), effective(countedNow)];
  const mean = Math.max(Math.abs(before.sum / before.count), Math.abs(now.sum / now.count));
  const squares = residualSquares(before) + residualSquares(now) + farSamples * mean * mean;
  const variance = squares / Math.max(1, before.count + now.count - 1);
  const ofTraces = variance * (1 / before.count + 1 / now.count);
  const ofBlocks = before.blockSquares / before.count ** 2 + now.blockSquares / now.count ** 2;
  return Math.sqrt(Math.max(ofTraces, ofBlocks));
}

/** What the pooled variance is made of. */
type Squares = Pick<
  CountedSeries,
  'sum' | 'count' | 'sumSquares' | 'products' | 'countSquares' | 'blockSquares'
>;

/**
 * Returns a series as if it were of fewer spans that each stand for themselves, and tell as much:
 * of n spans with weights w, d = Σ w² / Σ w times as few.
 * @see Kish, "Survey Sampling", 1965, on the effect of a design
 */
function effective(series: CountedSeries): Squares {
  const d = series.weightedCount / series.count;
  return {
    sum: series.sum / d,
    count: series.count / d,
    sumSquares: series.sumSquares / d ** 2,
    products: series.products / d ** 2,
    countSquares: series.countSquares / d ** 2,
    blockSquares: series.blockSquares / d ** 2,
  };
}

function residualSquares(series: Squares): number {
  const ratio = series.sum / series.count;
  const squares =
    series.sumSquares - 2 * ratio * series.products + ratio * ratio * series.countSquares;
  return Math.max(0, squares);
}

function harmOf(
  { measure }: SeriesKey,
  series: Series,
  { expectedNs, traceCount }: { readonly expectedNs: number; readonly traceCount: number },
): Pick<Change, 'amountPerUnit' | 'harmPerAmount'> {
  if (measure === 'stops' || measure === 'errors') {
    return { amountPerUnit: 1, harmPerAmount: 1 / traceCount };
  }
  return {
    amountPerUnit: measure === 'time' ? 1 : series.callsNs / Math.max(1, series.sum),
    harmPerAmount: expectedNs > 0 ? 1 / expectedNs : 0,
  };
}

function total(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
