import { NO_PARENT } from './span-table.ts';
import type { SpanForest } from './span-forest.ts';

/** How much of a trace its spans show. */
export interface Completeness {
  /**
   * Spans below the main root, itself included, of all that are stored and of its parent where that
   * is missing: 0 to 1, and 1 where nothing is known to be missing. Further roots of its service
   * count as it does: who makes several calls in a trace need not have a span of its own.
   */
  readonly ratio: number;
  /** Spans whose parent is missing. */
  readonly orphanCount: number;
  /** Whether the trace's first span is missing: no span is without a parent by its own account. */
  readonly isRootMissing: boolean;
}

/** Returns how complete a trace is, as far as its spans tell. */
export function completenessOf(forest: SpanForest, trace: number): Completeness {
  const { parents, services, traceStarts } = forest.table;
  const [from, to] = [traceStarts[trace] ?? 0, traceStarts[trace + 1] ?? 0];
  const main = forest.mainRoot[trace] ?? -1;
  const isBelow = new Uint8Array(to - from);
  let belowCount = 0;
  let orphanCount = 0;
  for (let i = from; i < to; i++) {
    const span = forest.topDown[i] ?? 0;
    const parent = parents[span] ?? NO_PARENT;
    if (parent < NO_PARENT) orphanCount++;
    const isBeside = parent === NO_PARENT && services[span] === services[main];
    if (span !== main && !isBeside && (parent < 0 || isBelow[parent - from] === 0)) continue;
    isBelow[span - from] = 1;
    belowCount++;
  }
  const isRootMissing = parents[main] !== NO_PARENT;
  return { ratio: belowCount / (to - from + Number(isRootMissing)), orphanCount, isRootMissing };
}
