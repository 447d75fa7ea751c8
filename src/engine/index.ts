export type { Driver, DriverCall, DriverEvents, DriverOptions } from './driver.ts';
export type { LiveCall } from './live-call.ts';
export { Engine } from './engine.ts';
export type { EngineParts } from './engine-parts.ts';
export type { EngineResult } from './engine-result.ts';
export { timerPacer, type Pacer } from './pacer.ts';
export {
  recordedNames,
  runPlan,
  type PlannedFlow,
  type PlannedStep,
  type RunPlan,
} from './run-plan.ts';
export { pacerFor } from './pacer-for.ts';
export { spins } from './spins.ts';
export type { Saturator, SaturatorEvents } from './saturator.ts';
