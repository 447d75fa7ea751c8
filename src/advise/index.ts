export type * from './advice.ts';
export {
  adviseTimeouts,
  recommendTimeout,
  SUCCESS_PERCENTS,
  type TimeoutQuestion,
} from './timeout-recommendation.ts';
