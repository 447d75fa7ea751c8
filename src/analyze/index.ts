export type { AnalyzedSource, RunSource, ArrivalSecond, MergedSeries } from './sources.ts';
export { MemoryNumbers, type NumbersOfRun } from './memory-numbers.ts';
export { analyzeRun, type AnalyzeOptions } from './analyze-run.ts';
export type * from './run-analysis.ts';
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
export { neededForInterval, tailRatioOf } from './quantile-ranks.ts';
export { binomialAtMost, lowerTailCount, upperTailCount } from './binomial.ts';
export { proportionBounds, type ProportionBounds } from './proportion-bounds.ts';
export { summarizeCalls } from './call-summary.ts';
export { summarizeClock } from './clock-summary.ts';
export { INDEPENDENT, type Dependence } from './effective-sample-size.ts';
export { FAULT_GUARD_NS } from './healthy-time.ts';
export { areSpansBiased } from './served-analysis.ts';
