export type * from './advice.ts';
export { adviseTimeouts, SUCCESS_PERCENTS } from './timeout-recommendation.ts';
