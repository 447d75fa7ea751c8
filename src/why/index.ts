export { explainWhy, type ExplainOptions, type RunTraces } from './explain.ts';
export type * from './why.ts';
