export { CapacitySearch, type CapacitySearchOptions } from './capacity-search.ts';
export { capacityResult, type CapacityResult, type CapacityOutcome } from './capacity-result.ts';
export { evaluateRate } from './evaluate-rate.ts';
export type {
  RateEvaluation,
  ObjectiveResult,
  RateVerdict,
  SpoiltProbe,
} from './rate-evaluation.ts';
export { kneesOf, type Knee } from './knee.ts';
export { nextStep, type Step } from './next-step.ts';
export { probeText } from './probe-text.ts';
export { probeLoad, probeOf, type Probe } from './probe.ts';
export { ProbeSlices, type ProbeNumbers } from './probe-numbers.ts';
export { loadOfProbes, measuredOnly, probesOfRun, searchedRates } from './stored-search.ts';
