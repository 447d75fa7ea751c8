import { hasValidTimes, type Span } from '../core/index.ts';
import { findClockSkews, type ClockSkew, type ClockSkews } from './clock-skew.ts';
import { findParents } from './span-parents.ts';

/** One span of a trace, with the spans that it caused. */
export interface SpanNode {
  readonly span: Span;
  /** By their starts as recorded; of two that start together the longer first. */
  readonly children: readonly SpanNode[];
  /** The span names a parent, and that parent is not above it: it is not stored, or is below it. */
  readonly orphan: boolean;
  /**
   * What to add to the span's times to bring them to the clock of its root, in ns: the sum of the
   * skews between them; 0 where none was seen.
   */
  readonly clockShiftNs: bigint;
}

/**
 * The spans of one trace, each exactly once. A span keeps the times that were recorded, of each
 * host's own clock, so that a child may lie outside its parent; `clockShiftNs` and `skews` say
 * where that is the clocks' doing.
 */
export interface SpanTree {
  readonly traceId: string;
  /** Spans without a parent, then orphans that only a cycle of parents would reach. */
  readonly roots: readonly SpanNode[];
  readonly spanCount: number;
  readonly serviceCount: number;
  /** How many spans have no start, or end before it: they are drawn as moments. */
  readonly invalidCount: number;
  /** The earliest start and the latest end on the roots' clock, in ns since the Unix epoch. */
  readonly fromEpochNs: bigint;
  readonly toEpochNs: bigint;
  /** The length from the earliest start to the latest end as recorded, whatever the clocks. */
  readonly recordedNs: bigint;
  /** The services whose clocks differ; empty where nothing shows it. */
  readonly skews: readonly ClockSkew[];
}

/**
 * Returns the tree of the spans of one trace, in whatever order they are given; undefined for no
 * spans. Two spans that share an id are two nodes ({@link findParents}). Where spans are each
 * other's parent, the one that starts first becomes a root.
 */
export function buildSpanTree(all: readonly Span[]): SpanTree | undefined {
  const { spans, parentOf } = findParents(all);
  const [first] = spans;
  if (first === undefined) return undefined;
  const parents = new Map(spans.map((span) => [span, parentOf(span)]));
  const clocks = findClockSkews(
    [...parents].flatMap(([child, parent]) => (parent === undefined ? [] : [{ parent, child }])),
  );
  const roots = rootsOf(spans, parents, clocks);
  const recorded = extentOf(spans, () => 0n);
  const shifts = new Map(nodesOf(roots).map(({ span, clockShiftNs }) => [span, clockShiftNs]));
  return {
    traceId: first.traceId,
    roots,
    spanCount: spans.length,
    serviceCount: new Set(spans.map((s) => s.serviceName)).size,
    invalidCount: spans.filter((span) => !hasValidTimes(span)).length,
    ...extentOf(spans, (span) => shifts.get(span) ?? 0n),
    recordedNs: recorded.toEpochNs - recorded.fromEpochNs,
    skews: clocks.skews,
  };
}

/** Returns every node of the tree, a parent before its children, children in their order. */
export function nodesOf(roots: readonly SpanNode[]): readonly SpanNode[] {
  const nodes: SpanNode[] = [];
  const open = roots.toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    nodes.push(next);
    open.push(...next.children.toReversed());
  }
  return nodes;
}

/** A node while its children are gathered. */
interface OpenNode extends SpanNode {
  readonly children: OpenNode[];
}

/** Spans are those of one trace, by their starts, each once. */
function rootsOf(
  ordered: readonly Span[],
  parents: ReadonlyMap<Span, Span | undefined>,
  clocks: ClockSkews,
): readonly SpanNode[] {
  const byParent = Map.groupBy(ordered, (span) => parents.get(span));
  const placed = new Set<Span>();
  const roots: SpanNode[] = [];
  const addRoot = (span: Span, orphan: boolean): void => {
    placed.add(span);
    const root: OpenNode = { span, orphan, children: [], clockShiftNs: 0n };
    roots.push(root);
    // A list of what is left to do in place of recursion: a trace may be deeper than the stack.
    const open: OpenNode[] = [root];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const child of byParent.get(next.span) ?? []) {
        if (placed.has(child)) continue;
        placed.add(child);
        const shiftNs = clocks.shiftOf({ parent: next.span, child });
        const clockShiftNs = next.clockShiftNs + shiftNs;
        const node: OpenNode = { span: child, orphan: false, children: [], clockShiftNs };
        next.children.push(node);
        open.push(node);
      }
    }
  };
  for (const span of byParent.get(undefined) ?? []) addRoot(span, span.parentSpanId !== '');
  for (const span of ordered) if (!placed.has(span)) addRoot(span, true);
  return roots;
}

/** A span without a start is nowhere; one that ends before its start is a moment. */
function extentOf(
  spans: readonly Span[],
  shiftOf: (span: Span) => bigint,
): Pick<SpanTree, 'fromEpochNs' | 'toEpochNs'> {
  const placed = spans.filter(({ startEpochNs }) => startEpochNs > 0n);
  const starts = placed.map((span) => span.startEpochNs + shiftOf(span));
  const ends = placed.map((span, i) => {
    const from = starts[i] ?? 0n;
    return span.durationNs > 0n ? from + span.durationNs : from;
  });
  return {
    fromEpochNs: starts.reduce((a, b) => (b < a ? b : a), starts[0] ?? 0n),
    toEpochNs: ends.reduce((a, b) => (b > a ? b : a), 0n),
  };
}
