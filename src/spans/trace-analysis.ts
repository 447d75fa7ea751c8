import type { Span } from '../core/index.ts';
import { repeatedAtTop, repeatedAttempts, type RepeatedAttempts } from './call-attempts.ts';
import { completenessOf, type Completeness } from './completeness.ts';
import { criticalPathOf } from './critical-path.ts';
import { errorOrigins, type ErrorOrigin } from './error-origin.ts';
import { outlivedCalls } from './outlived-calls.ts';
import { pathRoomOf } from './path-slack.ts';
import { callLoops } from './repeated-calls.ts';
import { forestOf, type SpanForest } from './span-forest.ts';
import { SpanTableBuilder } from './span-table.ts';
import { networkTimeNs, selfTimeNs } from './span-times.ts';
import { buildSpanTree, nodesOf, type SpanNode, type SpanTree } from './span-tree.ts';

/** What is known of one span beside its own record; times in ns. */
export interface SpanFacts {
  readonly node: SpanNode;
  readonly selfNs: number;
  /** Its part of the critical path; 0 off it. */
  readonly exclusiveNs: number;
  readonly isOnPath: boolean;
  /** Of a CLIENT span whose server's span is stored. */
  readonly networkNs: number | undefined;
  /** Undefined where nobody waits for the span. */
  readonly dragNs: number | undefined;
  readonly slackNs: number | undefined;
}

/** A part of the critical path. */
export interface TraceSegment {
  readonly span: Span;
  /** Ns since the start of the trace on the clock of its roots, `tree.fromEpochNs`. */
  readonly fromNs: number;
  readonly toNs: number;
}

/** One trace: its spans as a tree, and what they say together. */
export interface TraceAnalysis {
  readonly tree: SpanTree;
  /** Of every span of the tree, by their starts as recorded. */
  readonly facts: ReadonlyMap<Span, SpanFacts>;
  /** The span that the trace is about. */
  readonly mainRoot: Span;
  readonly path: readonly TraceSegment[];
  readonly ambiguousNs: number;
  readonly completeness: Completeness;
  readonly origins: readonly {
    readonly span: Span;
    readonly kind: ErrorOrigin['kind'];
    readonly blamed: Span | undefined;
    readonly absorbedBy: Span | undefined;
  }[];
  readonly attempts: readonly {
    readonly kind: RepeatedAttempts['kind'];
    readonly peer: string;
    readonly spans: readonly Span[];
    readonly succeeded: boolean;
  }[];
  readonly loops: readonly {
    readonly parent: Span;
    readonly peer: string;
    readonly spans: readonly Span[];
    readonly tookNs: number;
  }[];
  readonly outlived: readonly {
    readonly parent: Span;
    readonly child: Span;
    readonly wastedNs: number;
  }[];
}

/** Returns what the spans of one trace say, in whatever order they are; undefined for no spans. */
export function analyzeTrace(spans: readonly Span[]): TraceAnalysis | undefined {
  const tree = buildSpanTree(spans);
  if (tree === undefined) return undefined;
  const nodes = nodesOf(tree.roots);
  const builder = new SpanTableBuilder();
  for (const { span } of nodes) builder.add(span);
  const { table, rows } = builder.buildWithRows();
  const forest = forestOf(table);
  const nodeAt = (i: number): SpanNode => nodes[rows[i] ?? 0] as SpanNode;
  const spanAt = (i: number): Span => nodeAt(i).span;
  const maybeAt = (i: number | undefined): Span | undefined =>
    i === undefined ? undefined : spanAt(i);
  const mainRoot = forest.mainRoot[0] ?? 0;
  const path = criticalPathOf(forest, mainRoot);
  const fromNs = Number(tree.fromEpochNs - table.originEpochNs);
  return {
    tree,
    facts: new Map(factsOf(forest, mainRoot, nodeAt).map((facts) => [facts.node.span, facts])),
    mainRoot: spanAt(mainRoot),
    path: path.segments.map((segment) => ({
      span: spanAt(segment.span),
      fromNs: segment.fromNs - fromNs,
      toNs: segment.toNs - fromNs,
    })),
    ambiguousNs: path.ambiguousNs,
    completeness: completenessOf(forest, 0),
    origins: errorOrigins(forest, 0).map(({ span, kind, blamed, absorbedBy }) => ({
      span: spanAt(span),
      kind,
      blamed: maybeAt(blamed),
      absorbedBy: maybeAt(absorbedBy),
    })),
    attempts: [...repeatedAtTop(forest, 0), ...repeatedAttempts(forest, 0)].map(
      ({ kind, peer, attempts, succeeded }) => ({
        kind,
        peer,
        spans: attempts.map(spanAt),
        succeeded,
      }),
    ),
    loops: callLoops(forest, 0).map((loop) => ({
      parent: spanAt(loop.parent),
      peer: loop.peer,
      spans: loop.spans.map(spanAt),
      tookNs: loop.tookNs,
    })),
    outlived: outlivedCalls(forest, 0).map(({ parent, child, wastedNs }) => ({
      parent: spanAt(parent),
      child: spanAt(child),
      wastedNs,
    })),
  };
}

function factsOf(
  forest: SpanForest,
  mainRoot: number,
  nodeAt: (i: number) => SpanNode,
): readonly SpanFacts[] {
  const rooms = pathRoomOf(forest, mainRoot);
  const exclusiveNs = new Float64Array(forest.table.spanCount);
  for (const { span, fromNs, toNs } of criticalPathOf(forest, mainRoot).segments) {
    exclusiveNs[span] = (exclusiveNs[span] ?? 0) + toNs - fromNs;
  }
  return Array.from(exclusiveNs, (ownNs, i) => {
    const room = rooms.get(i);
    return {
      node: nodeAt(i),
      selfNs: selfTimeNs(forest, i),
      exclusiveNs: ownNs,
      isOnPath: room?.isOnPath ?? false,
      networkNs: networkTimeNs(forest, i),
      dragNs: room?.dragNs,
      slackNs: room?.slackNs,
    };
  });
}
