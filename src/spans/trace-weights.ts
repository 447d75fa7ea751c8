import { NO_PARENT, type SpanTable } from './span-table.ts';

/**
 * Returns how many traces each trace of a table stands for: as many as its root, or its first span
 * where it has none. A span that came after the rest of its trace was let go stands for itself.
 */
export function traceWeightsOf({
  traceCount,
  traceStarts,
  parents,
  weights,
}: SpanTable): Float64Array {
  return Float64Array.from({ length: traceCount }, (_, trace) => {
    const [first, last] = [traceStarts[trace] ?? 0, traceStarts[trace + 1] ?? 0];
    for (let span = first; span < last; span++) {
      if (parents[span] === NO_PARENT) return weights[span] ?? 1;
    }
    return weights[first] ?? 1;
  });
}

/** Returns how many traces those of a table stand for together. */
export function weightedTraces(table: SpanTable): number {
  return traceWeightsOf(table).reduce((sum, weight) => sum + weight, 0);
}
