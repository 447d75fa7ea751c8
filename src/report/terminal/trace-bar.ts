import type { Span } from '../../core/index.ts';
import type { SpanNode, SpanTree, TraceAnalysis, TraceSegment } from '../../spans/index.ts';

/** The path's own time of a span, the rest of the span, and the rest of the trace. */
const [ON_PATH, OFF_PATH, OUTSIDE] = ['█', '░', '·'];

/** Returns the bars of a trace's spans, each so many characters: when each ran, when it held up. */
export function barsOf(
  { tree, path }: Pick<TraceAnalysis, 'tree' | 'path'>,
  cells: number,
): (node: SpanNode) => string {
  const segments = Map.groupBy(path, ({ span }) => span);
  return (node) => barOf(node, { tree, cells, own: segments.get(node.span) ?? [] });
}

/** Returns when the span began, in ns from the start of the trace, on the clock of its root. */
export function sinceStart({ span, clockShiftNs }: SpanNode, tree: SpanTree): number {
  return Math.max(0, Number(span.startEpochNs + clockShiftNs - tree.fromEpochNs));
}

/** At least one cell is filled, however short the span or its part of the path. */
function barOf(
  node: { readonly span: Span } & SpanNode,
  options: {
    readonly tree: SpanTree;
    readonly cells: number;
    readonly own: readonly TraceSegment[];
  },
): string {
  const { tree, cells, own } = options;
  const lengthNs = Math.max(1, Number(tree.toEpochNs - tree.fromEpochNs));
  const bar = Array.from({ length: cells }, () => OUTSIDE);
  const fill = (mark: string, fromNs: number, toNs: number): void => {
    const first = Math.min(cells - 1, Math.floor((fromNs / lengthNs) * cells));
    const end = Math.min(cells, Math.max(first + 1, Math.round((toNs / lengthNs) * cells)));
    bar.fill(mark, first, end);
  };
  const fromNs = sinceStart(node, tree);
  fill(OFF_PATH, fromNs, fromNs + Math.max(0, Number(node.span.durationNs)));
  for (const segment of own) fill(ON_PATH, segment.fromNs, segment.toNs);
  return bar.join('');
}
