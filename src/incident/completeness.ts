import { PARENT_MISSING, weightedTraces, type SpanTable } from '../spans/index.ts';
import type { Completeness } from './incident.ts';

/** Returns how whole the traces of a table are, of so many that there are. */
export function completenessOf(table: SpanTable, tracesInAll: number): Completeness {
  let [orphans, brokenTraces] = [0, 0];
  for (let trace = 0; trace < table.traceCount; trace++) {
    const before = orphans;
    const last = table.traceStarts[trace + 1] ?? 0;
    for (let span = table.traceStarts[trace] ?? 0; span < last; span++) {
      if (table.parents[span] === PARENT_MISSING) orphans++;
    }
    if (orphans > before) brokenTraces++;
  }
  return {
    traces: table.traceCount,
    weightedTraces: Math.round(weightedTraces(table)),
    spans: table.spanCount,
    orphans,
    brokenTraces,
    invalidSpans: table.invalidCount,
    tracesInAll,
  };
}
