export { findChangePoints, type ChangePoint, type ChangePointOptions } from './change-points.ts';
export {
  differenceText,
  fingerprintDifferences,
  fingerprintOf,
  type Fingerprint,
  type FingerprintDifference,
} from './fingerprint.ts';
export {
  HISTORY_RUNS_MIN,
  historyVerdict,
  MEASURES,
  measureHistories,
  type HistoryChange,
  type HistoryPoint,
  type HistoryVerdict,
  type Measure,
  type MeasureHistory,
  type RunPoint,
} from './run-history.ts';
export { compareRuns, type CompareOptions, type RunComparison } from './compare-runs.ts';
export type { PercentileRow, RowLimits, RowVerdict, ShareRow } from './comparison-rows.ts';
export { AbTest, type AbJudgement, type AbOptions } from './ab/ab-test.ts';
export type { AbResult } from './ab/ab-result.ts';
export { abSeconds, type AbSteps } from './ab/ab-seconds.ts';
export { pairedValue, type PairedValue } from './ab/paired-value.ts';
export { AbWatch, judgeAb } from './ab/ab-watch.ts';
export type { AbPair, AbSecond, AbStepSecond, SideCalls } from './ab/ab-second.ts';
export { bucketCounts, type BucketCounts } from './log-buckets.ts';
export {
  digestOf,
  FILE_BUCKET_RATIO,
  FINE_BUCKET_RATIO,
  type CallBlock,
  type RunDigest,
} from './run-digest.ts';
export { BASELINE_VERSION, printBaseline, readBaseline } from './baseline-file.ts';
export {
  comparisonVerdict,
  loadDifferences,
  type ComparisonVerdict,
} from './comparison-verdict.ts';
export { baselineValues } from './baseline-values.ts';
