/** A door of its own: who reports on a stored run loads nothing of what carries one out. */
export type { Baseline, LostBaseline } from './held-against.ts';
export { planJson, readPlan } from './plan-json.ts';
export { planOfRun } from './plan-of-run.ts';
export { planOf, type PlannedTarget, type StoredPlan } from './stored-plan.ts';
export { reportOf, type ReportedStore } from './stored-report.ts';
export { tuningOf, tuningOfTime, type TunedStore, type TuningWishes } from './stored-tuning.ts';
