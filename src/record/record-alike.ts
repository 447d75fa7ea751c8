import type { CallParts, Series } from './call-series.ts';
import { type CallBatch, END, FIRST_BYTE, INTENDED, SEEN, SENT } from './call-batch.ts';
import type { FinishedCall } from './finished-call.ts';

/**
 * Records the times of calls of one series, all in one histogram before the next: what the first
 * call of a histogram brings into the caches serves the others. Returns how many times were past a
 * histogram's range, as far as those are counted.
 */
export function recordAlike(batch: CallBatch, series: Series): number {
  const { size } = batch;
  let past = series.response.recordAll(batch.difference(END, INTENDED), size);
  series.corrected.recordAll(batch.difference(END, SEEN), size);
  past += series.service.recordAll(batch.difference(END, SENT), size);
  const { parts } = series;
  if (parts !== undefined) {
    parts.wait.recordAll(batch.difference(SENT, SEEN), size);
    parts.firstByte.recordAll(batch.difference(FIRST_BYTE, SENT), size);
    parts.body.recordAll(batch.difference(END, FIRST_BYTE), size);
  }
  return past;
}

/** Records the parts of one call: of those that went well only, of any other there are none. */
export function recordParts(parts: CallParts | undefined, call: FinishedCall): void {
  if (parts === undefined || call.firstByteNs < 0) return;
  parts.wait.record(call.sentNs - call.seenNs);
  parts.firstByte.record(call.firstByteNs - call.sentNs);
  parts.body.record(call.endNs - call.firstByteNs);
}
