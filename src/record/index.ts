export {
  bucketIndex,
  bucketMidpointNs,
  COARSE_OCTAVE_BITS,
  HISTOGRAM_MAX_NS,
  LogLinearHistogram,
} from './log-linear-histogram.ts';
export { MAX_KEPT_PER_SECOND, Recorder, type RecorderOptions } from './recorder.ts';
export type { Sink } from './sink.ts';
export type { FinishedCall, KeptCall, KeptReason, RecordSlice } from './slice.ts';
