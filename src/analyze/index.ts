export type { AnalyzedSource, RunSource, ArrivalSecond, MergedSeries } from './sources.ts';
export { MemoryNumbers, type NumbersOfRun } from './memory-numbers.ts';
export { analyzeRun, type AnalyzeOptions } from './analyze-run.ts';
export type * from './run-analysis.ts';
export type * from './call-selection.ts';
export { analyzeTime, type TimeAnalysis } from './time-analysis.ts';
export type { SlowCall } from './slow-call.ts';
export type { StatusCount } from './status-count.ts';
export type {
  BreakerAnalysis,
  EndpointShare,
  PolicyCounts,
  PolicySummary,
} from './policy-analysis.ts';
export { EMPTY_SAMPLE, mergeSamples, sampleSize, type CensoredSample } from './censored-sample.ts';
export {
  estimateQuantile,
  quantileUpperBound,
  REPORTED_PERCENTS,
  type KnownQuantile,
  type QuantileEstimate,
  type RefusedQuantile,
  type UpperBound,
} from './quantile.ts';
export { countAbove } from './sparse-histogram.ts';
export { neededForInterval, tailRatioOf } from './quantile-ranks.ts';
export { binomialAtMost, lowerTailCount, upperTailCount } from './binomial.ts';
export type { OutcomeClumps } from './clumped-outcomes.ts';
export { proportionBounds, type ProportionBounds } from './proportion-bounds.ts';
export { shareInterval, type ShareInterval, type ShareParts } from './share-interval.ts';
export { summarizeCalls } from './call-summary.ts';
export { dependenceIn, summarizeClock } from './clock-summary.ts';
export { INDEPENDENT, type Dependence } from './effective-sample-size.ts';
export { FAULT_GUARD_NS, isHealthyStretch } from './healthy-time.ts';
export { areSpansBiased } from './served-analysis.ts';
export { type MeasuredSeconds, readMeasuredSeconds, stepsOfSeconds } from './measured-seconds.ts';
export { unstoredRun } from './unstored-run.ts';
