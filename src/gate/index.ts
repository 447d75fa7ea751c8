export type * from './baseline-values.ts';
export type * from './verdict.ts';
export { evaluateThresholds, type EvaluateOptions } from './evaluate-thresholds.ts';
export { selectionsOf } from './selections.ts';
export { judgeSoFar, type ForeseenArrivals, type ThresholdSoFar } from './judge-so-far.ts';
