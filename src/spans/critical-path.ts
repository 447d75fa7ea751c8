import { SPAN_KINDS } from '../core/index.ts';
import type { SpanForest } from './span-forest.ts';

/** A part of the critical path: a span for whose own work everything above it waited. */
export interface PathSegment {
  readonly span: number;
  /** Ns since the table's origin, on the clock of the root. */
  readonly fromNs: number;
  readonly toNs: number;
}

/** What a trace's root waited for, from its start to its end. */
export interface CriticalPath {
  readonly root: number;
  /** One after another without gaps: they sum to the root's duration. */
  readonly segments: readonly PathSegment[];
  /**
   * How much of it is a span's own although a child of it ran that is not on the path, in ns: the
   * child overlaps one that ended later. The later may have waited for it, which times do not tell.
   */
  readonly ambiguousNs: number;
}

/** What is said of each segment on the way from the end of the root to its start. */
export interface PathVisitor {
  /** A segment of span `span`, of some length. */
  segment(span: number, fromNs: number, toNs: number): void;
  /** The path goes down into a child, or back up to the span above it. */
  enter?(span: number): void;
  leave?(span: number): void;
}

/** Of two siblings, so much of the earlier may overlap the later that is taken to follow it. */
const OVERLAP_RATIO_MAX = 0.01;

/** Returns the critical path of the trace below a span; no segments for a root without a length. */
export function criticalPathOf(forest: SpanForest, root: number): CriticalPath {
  const backwards: PathSegment[] = [];
  const segment = (span: number, fromNs: number, toNs: number): void => {
    backwards.push({ span, fromNs, toNs });
  };
  const ambiguousNs = walkCriticalPath(forest, root, { segment });
  return { root, segments: backwards.reverse(), ambiguousNs };
}

/**
 * Walks the critical path below a root, backwards in time; returns how many ns of it are ambiguous
 * ({@link CriticalPath}). With cp(s, [b, e]) for the path of span s in that time:
 *
 *   t = e; of the children that block s, cut to [b, e], the one with the latest end <= t is next:
 *   (end, t) is s's own, the child's time is cp(child), and t goes back to the child's start;
 *   when none is left, (b, t) is s's own.
 *
 *   s  ├──────────────────────────────┤      own: the time without +
 *   a    ├+++++++┤                           the earlier of two calls
 *   b      ├────────┤                        beside c, and ended before it: not on the path
 *   c             ├++++++++┤
 *   d                        ├++++++++++──┤  cut where its parent ends
 *
 * A child that starts at or after its parent's end does not block it, nor does one that takes a
 * message. Siblings that overlap by a hundredth of the earlier follow each other.
 *
 * @see Zhang et al., CRISP: Critical Path Analysis of Large-Scale Microservice Architectures (2022)
 */
export function walkCriticalPath(forest: SpanForest, root: number, visitor: PathVisitor): number {
  const startNs = forest.startsNs[root] ?? 0;
  const endNs = startNs + (forest.table.durationsNs[root] ?? 0);
  let ambiguousNs = 0;
  const own = (at: OpenSpan, fromNs: number): void => {
    if (at.untilNs <= fromNs) return;
    visitor.segment(at.span, fromNs, at.untilNs);
    ambiguousNs += Math.max(0, at.untilNs - Math.max(fromNs, at.passedFromNs));
  };
  // A list of what is open in place of recursion: a trace may be deeper than the stack.
  const open = [openSpan(forest, root, startNs, endNs)];
  for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
    const child = at.children[at.looked++];
    if (child === undefined) {
      own(at, at.fromNs);
      open.pop();
      visitor.leave?.(at.span);
      continue;
    }
    if (!followsIn(child, at.untilNs)) {
      at.passedFromNs = Math.min(at.passedFromNs, child.fromNs);
      continue;
    }
    const toNs = Math.min(child.toNs, at.untilNs);
    own(at, toNs);
    at.untilNs = child.fromNs;
    visitor.enter?.(child.span);
    open.push(openSpan(forest, child.span, child.fromNs, toNs));
  }
  return ambiguousNs;
}

/** Returns whether a child begins before a moment, and ends no later than about then. */
export function followsIn({ fromNs, toNs }: PathSegment, untilNs: number): boolean {
  return fromNs < untilNs && toNs - untilNs <= OVERLAP_RATIO_MAX * (toNs - fromNs);
}

/** Returns whether what is above a span waits for it, as far as kinds tell. */
export function blocksParent({ table }: SpanForest, span: number): boolean {
  const { kinds, services, parents } = table;
  const parent = parents[span] ?? -1;
  if (parent < 0 || kinds[span] !== CONSUMER) return true;
  // A consumer below its own service's span is what that does with a message that it took.
  return kinds[parent] !== PRODUCER && services[parent] === services[span];
}

const PRODUCER = SPAN_KINDS.indexOf('Producer');
const CONSUMER = SPAN_KINDS.indexOf('Consumer');

/** A span that the walk is in, between its entry and `fromNs`. */
interface OpenSpan {
  readonly span: number;
  readonly fromNs: number;
  /** From here on the path is known. */
  untilNs: number;
  readonly children: readonly PathSegment[];
  /** How many children were looked at. */
  looked: number;
  /** The earliest start of a child that ran at `untilNs` and is not on the path. */
  passedFromNs: number;
}

function openSpan(forest: SpanForest, span: number, fromNs: number, toNs: number): OpenSpan {
  const children = blockingChildren(forest, span, { fromNs, toNs });
  return { span, fromNs, untilNs: toNs, children, looked: 0, passedFromNs: Infinity };
}

/** Returns the children that a span waits for, cut to a time, by their ends, the latest first. */
export function blockingChildren(
  forest: SpanForest,
  span: number,
  { fromNs, toNs }: Pick<PathSegment, 'fromNs' | 'toNs'>,
): readonly PathSegment[] {
  const { firstChild, nextSibling, startsNs, table } = forest;
  const children: PathSegment[] = [];
  for (let i = firstChild[span] ?? -1; i >= 0; i = nextSibling[i] ?? -1) {
    if (!blocksParent(forest, i)) continue;
    const startNs = startsNs[i] ?? 0;
    const childFromNs = Math.max(fromNs, startNs);
    const childToNs = Math.min(toNs, startNs + (table.durationsNs[i] ?? 0));
    if (childFromNs < childToNs) children.push({ span: i, fromNs: childFromNs, toNs: childToNs });
  }
  if (children.length > 1) {
    children.sort((a, b) => b.toNs - a.toNs || a.fromNs - b.fromNs || a.span - b.span);
  }
  return children;
}
