export type * from './verdict.ts';
export { evaluateThresholds } from './evaluate-thresholds.ts';
