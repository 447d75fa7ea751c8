export type { ConnectParts, Driver, DriverEvents, LiveCall } from './driver.ts';
export { Engine, type EngineParts, type EngineResult } from './engine.ts';
export { timerPacer, type Pacer } from './pacer.ts';
export { runPlan, type PlannedFlow, type PlannedStep, type RunPlan } from './run-plan.ts';
export { pacerFor } from './pacer-for.ts';
