export { CI_PATHS, CI_SYSTEMS, ciFile, type CiSystem } from './ci-file.ts';
export type { FirstPlan, FirstStep, SkippedStep } from './first-plan.ts';
export {
  FIRST_CALLS_PER_SEC,
  MEASURED_SECONDS,
  type Measurement,
  type StepFinding,
} from './measurement.ts';
export { planOfOperations } from './plan-of-operations.ts';
export { planOfUrls } from './plan-of-urls.ts';
export { scenarioText, type ScenarioText } from './scenario-text.ts';
export { validSteps } from './valid-steps.ts';
