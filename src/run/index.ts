export { run, type RunOptions } from './run.ts';
export { reportFinished, type FinishedRun } from './report-finished.ts';
export type { ObservedSecond, RunObserver, Segment } from './run-observer.ts';
