import { SPAN_KINDS } from '../core/index.ts';

/** The parent of a span that names none. */
export const NO_PARENT = -1;
/** The parent of a span that names one that is not among its trace's spans. */
export const PARENT_MISSING = -2;

/** Columns of spans in whatever order they came; an entry of each is one span. */
export interface SpanColumns {
  readonly count: number;
  /** Two entries a span, the upper half of its id first. */
  readonly ids: Uint32Array;
  /** Likewise; 0 for none. */
  readonly parentIds: Uint32Array;
  /** 1 where the span names a parent. */
  readonly hasParent: Uint8Array;
  readonly kinds: Uint8Array;
  readonly services: Uint32Array;
  readonly startsNs: Float64Array;
  /** Below 0 for a span that ends before it starts. */
  readonly durationsNs: Float64Array;
  readonly names: readonly string[];
}

/** The spans of one trace after another, each once, and the span above each. */
export interface PlacedSpans {
  /** The entry of the columns for each span. */
  readonly order: Uint32Array;
  readonly traceStarts: Uint32Array;
  /** Positions in `order`, or {@link NO_PARENT}, {@link PARENT_MISSING}; without cycles. */
  readonly parents: Int32Array;
}

/** The spans of one trace while they are placed, as entries of the columns. */
interface OpenTrace {
  /** By their starts, each once. */
  readonly spans: Uint32Array;
  /** Positions in `spans`, those of one id together. */
  readonly byId: Uint32Array;
}

/**
 * Returns the spans of every trace by their starts, without those that were delivered again, and
 * their parents by the law of `findParents`; `traces` has the number of the trace of each span.
 */
export function placeSpans(
  columns: SpanColumns,
  traces: Uint32Array,
  traceCount: number,
): PlacedSpans {
  const grouped = groupByTrace(columns.count, traces, traceCount);
  const order = new Uint32Array(columns.count);
  const parents = new Int32Array(columns.count);
  const traceStarts = new Uint32Array(traceCount + 1);
  let placed = 0;
  for (let t = 0; t < traceCount; t++) {
    const all = grouped.order.subarray(grouped.starts[t], grouped.starts[t + 1]);
    const trace = withoutRepeats(all, columns);
    order.set(trace.spans, placed);
    for (let i = 0; i < trace.spans.length; i++) {
      const parent = parentIn(trace, i, columns);
      parents[placed + i] = parent < 0 ? parent : placed + parent;
    }
    placed += trace.spans.length;
    traceStarts[t + 1] = placed;
  }
  const kept = parents.subarray(0, placed);
  breakCycles(kept);
  return { order: order.subarray(0, placed), traceStarts, parents: kept };
}

function groupByTrace(
  count: number,
  traces: Uint32Array,
  traceCount: number,
): { readonly order: Uint32Array; readonly starts: Uint32Array } {
  const starts = new Uint32Array(traceCount + 1);
  for (let i = 0; i < count; i++) starts[at(traces, i) + 1]! += 1;
  for (let t = 0; t < traceCount; t++) starts[t + 1]! += at(starts, t);
  const next = starts.slice();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[next[at(traces, i)]!++] = i;
  return { order, starts };
}

/**
 * Sorts the spans of a trace and leaves out those that agree in id, kind, service and start with
 * one that is as long or longer.
 */
function withoutRepeats(all: Uint32Array, columns: SpanColumns): OpenTrace {
  const { ids, kinds, services, startsNs } = columns;
  const spans = all.toSorted((a, b) => byStart(a, b, columns));
  const byId = Uint32Array.from(spans.keys()).sort((i, j) => {
    const [a, b] = [at(spans, i), at(spans, j)];
    return (
      compareIds(ids, a, ids, b) ||
      at(startsNs, a) - at(startsNs, b) ||
      at(kinds, a) - at(kinds, b) ||
      at(services, a) - at(services, b) ||
      i - j
    );
  });
  const repeated = new Uint8Array(spans.length);
  let repeats = 0;
  for (let i = 1; i < byId.length; i++) {
    const [a, b] = [at(spans, at(byId, i - 1)), at(spans, at(byId, i))];
    const isRepeat =
      compareIds(ids, a, ids, b) === 0 &&
      startsNs[a] === startsNs[b] &&
      kinds[a] === kinds[b] &&
      services[a] === services[b];
    if (!isRepeat) continue;
    repeated[at(byId, i)] = 1;
    repeats++;
  }
  if (repeats === 0) return { spans, byId };
  const moved = new Uint32Array(spans.length);
  let kept = 0;
  for (let i = 0; i < spans.length; i++) {
    moved[i] = kept;
    kept += 1 - at(repeated, i);
  }
  return {
    spans: spans.filter((_, i) => repeated[i] === 0),
    byId: byId.filter((i) => repeated[i] === 0).map((i) => at(moved, i)),
  };
}

/** Returns the position of the span above the i-th of a trace, which may be itself. */
function parentIn({ spans, byId }: OpenTrace, i: number, columns: SpanColumns): number {
  const { ids, parentIds, hasParent, kinds, services } = columns;
  const span = at(spans, i);
  if (!isCaller(at(kinds, span))) {
    let caller = spans.length;
    for (let k = firstWithId(ids, span, { spans, byId }, ids); k < byId.length; k++) {
      const other = at(spans, at(byId, k));
      if (compareIds(ids, other, ids, span) !== 0) break;
      if (isCaller(at(kinds, other))) caller = Math.min(caller, at(byId, k));
    }
    if (caller < spans.length) return caller;
  }
  if (hasParent[span] === 0) return NO_PARENT;
  // Of those with the id, by rank: the last callee of the span's own service, its first span, the
  // last callee of another, the first span of another, itself.
  let best = PARENT_MISSING;
  let bestRank = 0;
  for (let k = firstWithId(parentIds, span, { spans, byId }, ids); k < byId.length; k++) {
    const position = at(byId, k);
    const other = at(spans, position);
    if (compareIds(ids, other, parentIds, span) !== 0) break;
    const isOwn = services[other] === services[span];
    const isCallee = !isCaller(at(kinds, other));
    const rank = position === i ? 1 : (isOwn ? 4 : 2) + (isCallee ? 1 : 0);
    const isBetter = rank > bestRank || (rank === bestRank && position > best === isCallee);
    if (isBetter) [best, bestRank] = [position, rank];
  }
  return best;
}

/** Returns where in `byId` the spans with an id begin; past it where there are none. */
function firstWithId(
  wanted: Uint32Array,
  entry: number,
  { spans, byId }: OpenTrace,
  ids: Uint32Array,
): number {
  let [low, high] = [0, byId.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds(ids, at(spans, at(byId, middle)), wanted, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Cuts what is above a span that no root reaches: the first of its trace, then the next. */
function breakCycles(parents: Int32Array): void {
  const firstChild = new Int32Array(parents.length).fill(NO_PARENT);
  const nextChild = new Int32Array(parents.length).fill(NO_PARENT);
  for (let i = 0; i < parents.length; i++) {
    const parent = at(parents, i);
    if (parent < 0) continue;
    nextChild[i] = at(firstChild, parent);
    firstChild[parent] = i;
  }
  const reached = new Uint8Array(parents.length);
  const open: number[] = [];
  const reach = (root: number): void => {
    reached[root] = 1;
    open.push(root);
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (let child = at(firstChild, next); child >= 0; child = at(nextChild, child)) {
        if (reached[child] === 1) continue;
        reached[child] = 1;
        open.push(child);
      }
    }
  };
  for (let i = 0; i < parents.length; i++) if (at(parents, i) < 0) reach(i);
  for (let i = 0; i < parents.length; i++) {
    if (reached[i] === 1) continue;
    parents[i] = PARENT_MISSING;
    reach(i);
  }
}

const CLIENT = SPAN_KINDS.indexOf('Client');
const PRODUCER = SPAN_KINDS.indexOf('Producer');

function isCaller(kind: number): boolean {
  return kind === CLIENT || kind === PRODUCER;
}

function byStart(a: number, b: number, columns: SpanColumns): number {
  const { startsNs, durationsNs, ids, kinds, services, names } = columns;
  if (startsNs[a] !== startsNs[b]) return at(startsNs, a) - at(startsNs, b);
  if (durationsNs[a] !== durationsNs[b]) return at(durationsNs, b) - at(durationsNs, a);
  const idOrder = compareIds(ids, a, ids, b);
  if (idOrder !== 0) return idOrder;
  const [kindA, kindB] = [at(kinds, a), at(kinds, b)];
  if (isCaller(kindA) !== isCaller(kindB)) return isCaller(kindA) ? -1 : 1;
  if (kindA !== kindB) return (SPAN_KINDS[kindA] ?? '') < (SPAN_KINDS[kindB] ?? '') ? -1 : 1;
  if (services[a] === services[b]) return a - b;
  return (names[at(services, a)] ?? '') < (names[at(services, b)] ?? '') ? -1 : 1;
}

function compareIds(idsA: Uint32Array, a: number, idsB: Uint32Array, b: number): number {
  return at(idsA, 2 * a) - at(idsB, 2 * b) || at(idsA, 2 * a + 1) - at(idsB, 2 * b + 1);
}

function at(column: Uint32Array | Uint8Array | Int32Array | Float64Array, i: number): number {
  return column[i] ?? 0;
}
