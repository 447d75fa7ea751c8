export type { Driver, DriverEvents, LiveCall } from './driver.ts';
export { Engine, type EngineParts, type EngineResult } from './engine.ts';
export { startEngine, type EngineHandle, type EngineOptions } from './engine-handle.ts';
export { timerPacer, type Pacer } from './pacer.ts';
export { runPlan, type PlannedFlow, type PlannedStep, type RunPlan } from './run-plan.ts';
