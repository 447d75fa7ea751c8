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

/** At least one cell is the span's, and one the path's where it holds any of it. */
function barOf(
  node: SpanNode,
  options: {
    readonly tree: SpanTree;
    readonly cells: number;
    readonly own: readonly TraceSegment[];
  },
): string {
  const { tree, cells, own } = options;
  const cellNs = Math.max(1, Number(tree.toEpochNs - tree.fromEpochNs)) / cells;
  const bar = Array.from({ length: cells }, () => OUTSIDE);
  const fromNs = sinceStart(node, tree);
  const toNs = fromNs + Math.max(0, Number(node.span.durationNs));
  const first = Math.min(cells - 1, Math.floor(fromNs / cellNs));
  const end = Math.min(cells, Math.max(first + 1, Math.round(toNs / cellNs)));
  bar.fill(OFF_PATH, first, end);
  const covered = coveredCells(own, cells, cellNs);
  const most = covered.indexOf(Math.max(...covered));
  covered.forEach((share, cell) => {
    if (share >= 0.5 || (share > 0 && cell === most)) bar[cell] = ON_PATH;
  });
  return bar.join('');
}

/** Returns how much of each cell's time lies in segments, 0 to 1. */
function coveredCells(
  segments: readonly TraceSegment[],
  cells: number,
  cellNs: number,
): readonly number[] {
  const covered = Array.from({ length: cells }, () => 0);
  for (const { fromNs, toNs } of segments) {
    const last = Math.min(cells - 1, Math.floor(toNs / cellNs));
    for (let cell = Math.max(0, Math.floor(fromNs / cellNs)); cell <= last; cell++) {
      const inside = Math.min(toNs, (cell + 1) * cellNs) - Math.max(fromNs, cell * cellNs);
      covered[cell] = (covered[cell] ?? 0) + Math.max(0, inside) / cellNs;
    }
  }
  return covered;
}
