import type { PackedExport } from './decode-messages.ts';
import { unpackSpans } from './span-packing.ts';
import { TraceExport, type SpanCheck } from './trace-export.ts';

/** Spans after which the thread is left to others for a moment: some 2 ms. */
const REST_AFTER_SPANS = 500;
/** Likewise attributes, events and links, of spans with many. */
const REST_AFTER_TEXTS = 10_000;

/** Returns an export that was decoded elsewhere, its spans asked of the store one by one. */
export async function checkedExport(
  packed: PackedExport,
  rejectionOf: SpanCheck | undefined,
): Promise<TraceExport> {
  const taken = new TraceExport(rejectionOf);
  taken.rejectedSpans = packed.rejectedSpans;
  taken.rejection = packed.rejection;
  taken.remarks = packed.remarks;
  taken.firstRemark = packed.firstRemark;
  const restAfter = Math.min(
    REST_AFTER_SPANS,
    Math.ceil((REST_AFTER_TEXTS * packed.spans.spans) / (packed.spans.lengths.length || 1)),
  );
  let count = 0;
  for (const span of unpackSpans(packed.spans)) {
    taken.take(span);
    if (++count % restAfter === 0) await new Promise((resolve) => void setImmediate(resolve));
  }
  return taken;
}
