import { hashText, type Span } from '../core/index.ts';
import { SpanTableBuilder, type AttributeChoice, type SpanTable } from './span-table.ts';

/**
 * Which spans are read: those of whole traces that begin in the time. A trace begins when the
 * earliest of its spans does that has a start.
 */
export interface SpanSelection {
  /** Included. */
  readonly fromEpochNs: bigint;
  /** Not included. */
  readonly toEpochNs: bigint;
  /** Only traces that this run minted. */
  readonly runId?: string;
  /** Only traces that pass through this service. */
  readonly serviceName?: string;
}

/** The spans of a window. */
export interface SelectedSpans {
  readonly table: SpanTable;
  /** How many traces the selection has, of which the table may hold a sample. */
  readonly tracesInAll: number;
}

/** Reads spans of many traces at once. */
export interface SpanWindows {
  /**
   * Returns the spans of the traces selected: of `tracesMax` of them at most, an even sample by a
   * hash of their ids where there are more. Attributes that are not chosen are not in the table.
   */
  spansIn(
    selection: SpanSelection,
    tracesMax: number,
    attributes?: AttributeChoice,
  ): Promise<SelectedSpans>;
}

/** Returns windows of spans that lie in memory. */
export function memorySpanWindows(spans: readonly Span[]): SpanWindows {
  return {
    spansIn: async (selection, tracesMax, attributes = 'all') => {
      const traces = Map.groupBy(spans, (span) => span.traceId);
      const selected = [...traces].filter(([id, own]) => isSelected(id, own, selection));
      const sampled =
        selected.length <= tracesMax
          ? selected
          : selected.toSorted(([a], [b]) => hashText(a) - hashText(b)).slice(0, tracesMax);
      const builder = new SpanTableBuilder(attributes);
      for (const [, own] of sampled) for (const span of own) builder.add(span);
      return { table: builder.build(), tracesInAll: selected.length };
    },
  };
}

function isSelected(
  traceId: string,
  spans: readonly Span[],
  { fromEpochNs, toEpochNs, runId, serviceName }: SpanSelection,
): boolean {
  const starts = spans.map((span) => span.startEpochNs).filter((startNs) => startNs > 0n);
  const [first] = starts;
  if (first === undefined) return false;
  const beginNs = starts.reduce((a, b) => (b < a ? b : a), first);
  return (
    beginNs >= fromEpochNs &&
    beginNs < toEpochNs &&
    (runId === undefined || traceId.startsWith(runId)) &&
    (serviceName === undefined || spans.some((span) => span.serviceName === serviceName))
  );
}
