import {
  CENSORED_OUTCOMES,
  countOf,
  EMPTY_HISTOGRAM,
  mergeSparse,
  type SeriesKey,
  type SparseHistogram,
  TIMED_OUTCOMES,
} from '../core/index.ts';
import { sampleSize, type CensoredSample } from './censored-sample.ts';
import { INDEPENDENT, type Dependence } from './effective-sample-size.ts';
import { estimateQuantile, REPORTED_PERCENTS } from './quantile.ts';
import type { ClockSummary } from './run-analysis.ts';
import type { Merge } from './sliding-merge.ts';
import { meanOf, mergeHistograms } from './sparse-histogram.ts';

/** A series whatever its stretch of time: the whole phase merged, or one second. */
export interface SeriesPart extends SeriesKey, SparseHistogram {}

/**
 * Returns the durations of answered, timed-out and cancelled calls among the parts, the latter two
 * as censored. An answer that failed a check is answered: it took as long as it took. A call that
 * failed at once (`status`, `transport`) has no place in a distribution of how long an answer
 * takes, and is left out.
 */
export function answeredSample(
  parts: readonly SeriesPart[],
  merge: Merge = mergeHistograms,
): CensoredSample {
  const timed = parts.filter((p) => TIMED_OUTCOMES.has(p.outcome));
  const isCensored = (p: SeriesPart): boolean => CENSORED_OUTCOMES.has(p.outcome);
  return {
    exact: merge(
      timed.filter((p) => !isCensored(p)),
      'exact',
    ),
    censored: merge(timed.filter(isCensored), 'censored'),
  };
}

/** Returns the durations of all parts, whatever the outcome; nothing is censored. */
export function plainSample(parts: readonly SparseHistogram[]): CensoredSample {
  return { exact: mergeHistograms(parts), censored: EMPTY_HISTOGRAM };
}

/**
 * Returns the distribution of a sample.
 * @param dependenceAt per reported percentile how alike the calls are; absent: not at all
 */
export function summarizeClock(
  sample: CensoredSample,
  dependenceAt: (percent: number) => Dependence | undefined = () => INDEPENDENT,
): ClockSummary {
  const n = sampleSize(sample);
  const all = mergeSparse(sample.exact, sample.censored);
  const maxNs = all.valueNs.at(-1) ?? 0;
  const dependence = REPORTED_PERCENTS.map((percent) => dependenceAt(percent) ?? INDEPENDENT);
  return {
    n,
    censored: countOf(sample.censored),
    minNs: all.valueNs[0] ?? 0,
    meanNs: meanOf(all),
    maxNs,
    maxAtLeast: n > 0 && sample.censored.valueNs.at(-1) === maxNs,
    percentiles: REPORTED_PERCENTS.map((percent, i) =>
      estimateQuantile(sample, percent, dependence[i]?.designEffect),
    ),
    dependence,
    sample,
  };
}

/** Returns per percentile how alike the calls of a summary are; undefined for one that has none. */
export function dependenceIn(
  summary: Pick<ClockSummary, 'dependence'>,
): (percent: number) => Dependence | undefined {
  return (percent) => summary.dependence[REPORTED_PERCENTS.findIndex((p) => p === percent)];
}
