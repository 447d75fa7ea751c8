export {
  bucketIndex,
  bucketMidpointNs,
  COARSE_OCTAVE_BITS,
  HISTOGRAM_MAX_NS,
  LogLinearHistogram,
} from './log-linear-histogram.ts';
export { heldLater, type HeldCalls } from './held-calls.ts';
export { MAX_HELD_PER_SECOND } from './held-second.ts';
export { KeptTraces } from './kept-traces.ts';
export { takenFrom } from './packed-histograms.ts';
export { buffersOf, type PackedSlice, unpackedSlice } from './packed-slice.ts';
export { Recorder } from './recorder.ts';
export {
  MAX_KEPT_PER_SECOND,
  type PolicyCounter,
  type RecorderOptions,
} from './recorder-options.ts';
export type { Sink } from './sink.ts';
export type { FinishedCall } from './finished-call.ts';
export type { BesideLoad, KeptCall, KeptReason } from './kept-call.ts';
export type { RecordSlice } from './slice.ts';
