export type * from './advice.ts';
export type { CallPolicy, RetryOn } from './call-policy.ts';
export type { DeadlineAbove } from './deadline-above.ts';
export type { DeadlineBudget } from './deadline-budget.ts';
export type { Breaker, Bulkhead, Hedge, Protection, RateLimit } from './protection.ts';
export type {
  BesideSetting,
  CurrentComparison,
  PolicyDifference,
} from './stacks/compare-current.ts';
export type * from './tuning.ts';
export { tuneRuns, type RunToTune, type TracesToTune, type TuneQuestion } from './tune-runs.ts';
export {
  adviseTimeouts,
  recommendTimeout,
  SUCCESS_PERCENTS,
  type TimeoutQuestion,
} from './timeout-recommendation.ts';
