export { startOtlpReceiver, type OtlpReceiver, type OtlpReceiverOptions } from './otlp-receiver.ts';
export { acceptSpansOf } from './spans-of-block.ts';
export { receivedText, type ReceiverCounters } from './receiver-counters.ts';
export { DEFAULT_LIMITS, type ReceiverLimits } from './receiver-limits.ts';
export {
  readSpanFile,
  type LinesLeftOut,
  type SpanFileOptions,
  type SpanFileReading,
} from './files/read-span-file.ts';
export {
  importSpans,
  type ImportedFile,
  type ImportedSpans,
  type ImportedTimes,
  type ImportResult,
} from './files/import-spans.ts';
