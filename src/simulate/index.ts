export { ModelledDriver, type Answer } from './modelled-driver.ts';
export { ModelledSaturator } from './modelled-saturator.ts';
export { VirtualRun, type VirtualRunOptions } from './virtual-run.ts';
export { MeasuredAnswers, type StepDraws } from './measured-answers.ts';
export type { FailureReason, MeasuredNumbers } from './measured-attempts.ts';
export { callsHooks, unsentScenario } from './unsent-scenario.ts';
