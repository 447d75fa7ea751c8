export type * from './advice.ts';
export type { Backoff, CallPolicy, RetryBudget, RetryOn } from './call-policy.ts';
export type { DeadlineAbove } from './deadline-above.ts';
export type { Breaker, Bulkhead, Hedge, Protection, RateLimit } from './protection.ts';
export type { CurrentComparison, PolicyDifference } from './stacks/compare-current.ts';
export type * from './tuning.ts';
export { tuneRuns, type RunToTune, type TuneQuestion } from './tune-runs.ts';
export {
  adviseTimeouts,
  recommendTimeout,
  SUCCESS_PERCENTS,
  type TimeoutQuestion,
} from './timeout-recommendation.ts';
