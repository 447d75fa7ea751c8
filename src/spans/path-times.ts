import { walkCriticalPath, type PathVisitor } from './critical-path.ts';
import { GrowingColumn } from './growing-column.ts';
import type { SpanForest } from './span-forest.ts';
import type { AttributeChoice } from './span-table.ts';

/** What critical paths need to know of spans: whose clocks they have. */
export const PATH_ATTRIBUTES: AttributeChoice = { keys: [], places: true };

/** A place in the calls below a root: the operations from the root down to it. */
export interface PathKey {
  /** The key of what called it, a position among the keys; -1 for a root. */
  readonly parent: number;
  /** Numbers of texts of the table. */
  readonly service: number;
  readonly operation: number;
}

/**
 * How much of each trace's critical path each key holds. The entries of trace `t` are
 * `traceStarts[t]` up to `traceStarts[t + 1]`, at most one for a key; they sum to the duration of
 * its main root.
 */
export interface PathTimes {
  /** A key stands after its parent. */
  readonly keys: readonly PathKey[];
  readonly traceStarts: Uint32Array;
  /** Positions in `keys`. */
  readonly entryKeys: Uint32Array;
  /** Exclusive time: the path's own time of the spans of the key. */
  readonly entryNs: Float64Array;
  /** The key of each trace's main root. */
  readonly rootKeys: Uint32Array;
  /** How much of each trace's path is ambiguous, in ns. */
  readonly ambiguousNs: Float64Array;
  /** Traces whose main root has no length: they have no entries. */
  readonly emptyCount: number;
}

/** What one key holds in all traces. */
export interface PathTotal {
  /** A position among the keys. */
  readonly key: number;
  readonly exclusiveNs: number;
  /** How many traces have it on the path. */
  readonly traceCount: number;
}

/** Returns the critical path of every trace by call-path key. */
export function pathTimesOf(forest: SpanForest): PathTimes {
  const { services, operations, traceCount } = forest.table;
  const keys = new PathKeys();
  const traceStarts = new Uint32Array(traceCount + 1);
  const entryKeys = new GrowingColumn(Uint32Array);
  const entryNs = new GrowingColumn(Float64Array);
  const rootKeys = new Uint32Array(traceCount);
  const ambiguousNs = new Float64Array(traceCount);
  /** Where the entry of a key is, if that is one of the trace at hand. */
  const entryOf: number[] = [];
  let emptyCount = 0;
  let entriesFrom = 0;
  const above: number[] = [];
  const keyBelow = (span: number): number =>
    keys.numberOf(above.at(-1) ?? -1, services[span] ?? 0, operations[span] ?? 0);
  const visitor: PathVisitor = {
    segment: (_span, fromNs, toNs) => {
      const key = above.at(-1) ?? 0;
      const entry = entryOf[key] ?? -1;
      if (entry >= entriesFrom) {
        const ns = entryNs.values();
        ns[entry] = (ns[entry] ?? 0) + toNs - fromNs;
        return;
      }
      entryOf[key] = entryKeys.length;
      entryKeys.push(key);
      entryNs.push(toNs - fromNs);
    },
    enter: (span) => above.push(keyBelow(span)),
    leave: () => above.pop(),
  };
  for (let t = 0; t < traceCount; t++) {
    const root = forest.mainRoot[t] ?? -1;
    above.push(keyBelow(root));
    rootKeys[t] = above[0] ?? 0;
    ambiguousNs[t] = walkCriticalPath(forest, root, visitor);
    if (entryKeys.length === entriesFrom) emptyCount++;
    entriesFrom = entryKeys.length;
    traceStarts[t + 1] = entriesFrom;
  }
  return {
    keys: keys.all,
    traceStarts,
    entryKeys: entryKeys.values().slice(),
    entryNs: entryNs.values().slice(),
    rootKeys,
    ambiguousNs,
    emptyCount,
  };
}

/** Returns the totals of all keys that hold time, those that hold most first. */
export function pathTotals({ keys, entryKeys, entryNs }: PathTimes): readonly PathTotal[] {
  const exclusiveNs = new Float64Array(keys.length);
  const traceCounts = new Uint32Array(keys.length);
  entryKeys.forEach((key, entry) => {
    exclusiveNs[key] = (exclusiveNs[key] ?? 0) + (entryNs[entry] ?? 0);
    traceCounts[key] = (traceCounts[key] ?? 0) + 1;
  });
  return keys
    .map((_, key) => ({
      key,
      exclusiveNs: exclusiveNs[key] ?? 0,
      traceCount: traceCounts[key] ?? 0,
    }))
    .filter(({ traceCount }) => traceCount > 0)
    .toSorted((a, b) => b.exclusiveNs - a.exclusiveNs || a.key - b.key);
}

/** Keys by number, each once. */
class PathKeys {
  readonly all: PathKey[] = [];
  readonly #numbers = new Map<number, number>();
  /** Service and operation, by number. */
  readonly #pairs = new Map<number, number>();

  numberOf(parent: number, service: number, operation: number): number {
    const text = service * TEXTS_MAX + operation;
    const pair = this.#pairs.get(text) ?? this.#pairs.size;
    if (pair === this.#pairs.size) this.#pairs.set(text, pair);
    const place = (parent + 1) * TEXTS_MAX + pair;
    const known = this.#numbers.get(place);
    if (known !== undefined) return known;
    this.#numbers.set(place, this.all.length);
    return this.all.push({ parent, service, operation }) - 1;
  }
}

/** Two numbers below it make one that a double has exactly. */
const TEXTS_MAX = 2 ** 26;
