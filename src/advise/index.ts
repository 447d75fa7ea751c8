export type * from './advice.ts';
export type * from './call-policy.ts';
export type * from './tuning.ts';
export { tuneRuns, type RunToTune, type TuneQuestion } from './tune-runs.ts';
export {
  adviseTimeouts,
  recommendTimeout,
  SUCCESS_PERCENTS,
  type TimeoutQuestion,
} from './timeout-recommendation.ts';
