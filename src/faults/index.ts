export { planFaults, type FaultAction, type PhaseTime } from './fault-plan.ts';
export {
  KILL_SIGNALS,
  placeOf,
  type FaultSpec,
  type FaultTime,
  type KillSignal,
  type MeasuredDelay,
  type ProcessEffect,
  type ProcessFaultSpec,
  type ProcessTarget,
  type ToxicFaultSpec,
} from './fault.ts';
export {
  runFaultPlan,
  type FaultExecutor,
  type FaultPlanEvents,
  type RunningFaultPlan,
} from './run-fault-plan.ts';
export {
  faultsOfCall,
  faultsOfSpan,
  type FaultsSoFar,
  type OwnCall,
  type SpanFaults,
} from './faults-of-span.ts';
export { faultsDuring, type FaultPort } from './stamp-faults.ts';
export { TouchTable } from './touch-table.ts';
