import type { Span } from '../core/index.ts';
import { spansOf, type SpanBlock } from '../native/index.ts';
import { partsOf } from './shared-weight.ts';

/** Spans after which the thread is left to others for a moment: some 2 ms. */
const REST_AFTER_SPANS = 500;
/** Likewise bytes, of spans with many attributes. */
const REST_AFTER_BYTES = 1_000_000;
/** Most spans that the store is given at once. */
const PART_SPANS = 20_000;

/**
 * Gives the spans of a block to `accept` as objects, in parts: encoding one anew holds the thread
 * for some 50 ms. Resolves when all are accepted.
 */
export async function acceptSpansOf(
  block: SpanBlock,
  accept: (spans: readonly Span[]) => Promise<void>,
): Promise<void> {
  const bytesOfSpan = block.bytes.length / (block.rows || 1);
  const restAfter = Math.min(REST_AFTER_SPANS, Math.ceil(REST_AFTER_BYTES / bytesOfSpan));
  const spans: Span[] = [];
  for (const span of spansOf(block)) {
    spans.push(span);
    if (spans.length % restAfter === 0) {
      await new Promise((resolve) => void setImmediate(resolve));
    }
  }
  for (const part of partsOf(spans, PART_SPANS)) await accept(part);
}
