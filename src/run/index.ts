export { run, type RunOptions } from './run.ts';
export { reportFinished, type FinishedRun } from './report-finished.ts';
export type { EarlyEnd, LoadJudge } from './load-judge.ts';
export type { ObservedSecond, RunObserver, Segment } from './run-observer.ts';
