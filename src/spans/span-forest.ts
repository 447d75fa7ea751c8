import { NO_PARENT, type SpanTable } from './span-table.ts';
import { attributeReader, type ReadAttribute } from './table-attributes.ts';
import { alignClocks, type ClockPair } from './table-clocks.ts';

/** The spans of a table, who is below whom, and all of a trace on one clock. */
export interface SpanForest {
  readonly table: SpanTable;
  /** The first child of each span by start as recorded; {@link NO_PARENT} where it has none. */
  readonly firstChild: Int32Array;
  /** The next child of the same parent, or the next span without one in the trace. */
  readonly nextSibling: Int32Array;
  /** Every span of a trace after the one above it; traces in their order. */
  readonly topDown: Uint32Array;
  /** The first span without a parent of each trace. */
  readonly firstRoot: Int32Array;
  /**
   * The span that a trace is about: of those that name no parent the longest, else the longest of
   * those whose parent is missing.
   */
  readonly mainRoot: Int32Array;
  /** Starts on the clock of the span that has none above it, in ns since the table's origin. */
  readonly startsNs: Float64Array;
  /** The pairs of clocks that differ. */
  readonly clocks: readonly ClockPair[];
  readonly attribute: ReadAttribute;
}

/** Returns the forest of a table; takes time and memory in proportion to its spans. */
export function forestOf(table: SpanTable): SpanForest {
  const { spanCount, traceCount, traceStarts, parents } = table;
  const firstChild = new Int32Array(spanCount).fill(NO_PARENT);
  const nextSibling = new Int32Array(spanCount).fill(NO_PARENT);
  const firstRoot = new Int32Array(traceCount).fill(NO_PARENT);
  const mainRoot = new Int32Array(traceCount).fill(NO_PARENT);
  for (let t = 0; t < traceCount; t++) {
    // Backwards, so that each list is by starts.
    for (let i = (traceStarts[t + 1] ?? 0) - 1; i >= (traceStarts[t] ?? 0); i--) {
      const parent = parents[i] ?? NO_PARENT;
      if (parent >= 0) {
        nextSibling[i] = firstChild[parent] ?? NO_PARENT;
        firstChild[parent] = i;
        continue;
      }
      nextSibling[i] = firstRoot[t] ?? NO_PARENT;
      firstRoot[t] = i;
      if (isMoreOf(table, i, mainRoot[t] ?? NO_PARENT)) mainRoot[t] = i;
    }
  }
  const topDown = orderTopDown(firstRoot, firstChild, nextSibling);
  const { startsNs, clocks } = alignClocks(table, topDown);
  const attribute = attributeReader(table);
  const links = { firstChild, nextSibling, topDown, firstRoot, mainRoot };
  return { table, ...links, startsNs, clocks, attribute };
}

/** Returns the children of a span, by their starts as recorded. */
export function* childrenOf(forest: SpanForest, span: number): Generator<number> {
  const { firstChild, nextSibling } = forest;
  for (let i = firstChild[span] ?? -1; i >= 0; i = nextSibling[i] ?? -1) yield i;
}

/** Returns the spans of a trace without one above them, by their starts as recorded. */
export function* rootsOf({ firstRoot, nextSibling }: SpanForest, trace: number): Generator<number> {
  for (let i = firstRoot[trace] ?? -1; i >= 0; i = nextSibling[i] ?? -1) yield i;
}

/** Returns whether the trace is rather about one root than about another, which starts later. */
function isMoreOf({ parents, durationsNs }: SpanTable, i: number, other: number): boolean {
  if (other < 0) return true;
  if (parents[i] !== parents[other]) return parents[i] === NO_PARENT;
  return (durationsNs[i] ?? 0) >= (durationsNs[other] ?? 0);
}

function orderTopDown(
  firstRoot: Int32Array,
  firstChild: Int32Array,
  nextSibling: Int32Array,
): Uint32Array {
  const order = new Uint32Array(nextSibling.length);
  let placed = 0;
  for (const root of firstRoot) {
    // The order is its own queue: what was placed is looked at for its children in turn.
    let looked = placed;
    for (let i = root; i >= 0; i = nextSibling[i] ?? NO_PARENT) order[placed++] = i;
    for (; looked < placed; looked++) {
      const above = order[looked] ?? 0;
      const first = firstChild[above] ?? NO_PARENT;
      for (let i = first; i >= 0; i = nextSibling[i] ?? NO_PARENT) order[placed++] = i;
    }
  }
  return order;
}
