export { runHashesOf } from './run-hashes.ts';
export { KeptTraces } from './kept-traces.ts';
export { sampledText, type KeptFor, type SamplingCounters } from './sampling-counters.ts';
export { ShareOfTraces } from './share-of-traces.ts';
export { SlowTimes, type SlowLimit } from './slow-times.ts';
export {
  TailSampler,
  type SamplingRules,
  type SlowRule,
  type TailSamplerOptions,
} from './tail-sampler.ts';
export type { Remembered, UndecidedLeftovers, UndecidedLog } from './undecided-log.ts';
export { UndecidedTraces, type UndecidedTrace } from './undecided-traces.ts';
