import { NS_PER_MS, SPAN_KINDS, SPAN_STATUSES } from '../core/index.ts';
import type { SpanTable } from './span-table.ts';

/** Two clocks that differ, as the spans of many traces show it. */
export interface ClockPair {
  /** Numbers of texts of the table; a host is 0 where spans do not name it. */
  readonly parentService: number;
  readonly parentHost: number;
  readonly childService: number;
  readonly childHost: number;
  /** How far the child's clock is ahead of the parent's, in ns; negative where it is behind. */
  readonly aheadNs: number;
  /** How many traces have calls between the two, and in how many of them one cannot have been. */
  readonly traceCount: number;
  readonly showingCount: number;
}

/** Spans on the clock of what is above all of them. */
export interface AlignedSpans {
  readonly startsNs: Float64Array;
  /** By how many traces show it. */
  readonly clocks: readonly ClockPair[];
}

/**
 * Returns the starts of spans on one clock per trace. What a child's clock is short of its parent's
 * is found in each trace as `findClockSkews` does. Clocks do not jump from trace to trace: two
 * clocks differ by the median over the traces that show it where those are more than half of the
 * traces with calls between them, and do not differ otherwise.
 *
 * `topDown` has each span after the one above it.
 */
export function alignClocks(table: SpanTable, topDown: Uint32Array): AlignedSpans {
  const { parents, traceStarts, startsNs } = table;
  const pairOf = pairsOf(table);
  const pairs = new Map<number, PairOfClocks>();
  for (let t = 0; t < table.traceCount; t++) {
    const calls = new Map<number, Call[]>();
    for (let child = traceStarts[t] ?? 0; child < (traceStarts[t + 1] ?? 0); child++) {
      const pair = pairOf(parents[child] ?? -1, child);
      if (pair === undefined) continue;
      const call = callOf(table, parents[child] ?? -1, child);
      const known = calls.get(pair);
      if (known === undefined) calls.set(pair, [call]);
      else known.push(call);
    }
    for (const [pair, all] of calls) addTrace(pairs, pair, all);
  }
  for (const [key, pair] of pairs) {
    if (pair.shiftsNs.length * 2 > pair.traceCount) pair.shiftNs = median(pair.shiftsNs);
    else pairs.delete(key);
  }
  if (pairs.size === 0) return { startsNs, clocks: [] };
  const shiftsNs = new Float64Array(table.spanCount);
  for (const child of topDown) {
    const parent = parents[child] ?? -1;
    if (parent < 0) continue;
    const own = pairs.get(pairOf(parent, child) ?? -1)?.shiftNs ?? 0;
    shiftsNs[child] = (shiftsNs[parent] ?? 0) + own;
  }
  return {
    startsNs: startsNs.map((startNs, i) => startNs + (shiftsNs[i] ?? 0)),
    clocks: clockPairs(table, [...pairs.values()]),
  };
}

/** One call between two clocks, with bounds for what the child's is short of the parent's. */
interface Call {
  readonly parent: number;
  readonly child: number;
  /** It began no earlier than its parent. */
  readonly fromNs: number;
  /** It ended no later, where its parent waited for it; otherwise undefined. */
  readonly toNs: number | undefined;
  /** Whether the call cannot have been as it was recorded. */
  readonly shows: boolean;
}

/** Two clocks, with what each trace says of them. */
interface PairOfClocks {
  readonly example: Call;
  /** Of the traces that show that the two differ. */
  readonly shiftsNs: number[];
  traceCount: number;
  /** What to add to the child's times; set once all traces are seen. */
  shiftNs: number;
}

/** As in `clock-skew.ts`, where the reasons stand. */
function callOf(table: SpanTable, parent: number, child: number): Call {
  const { startsNs, durationsNs, kinds, statuses } = table;
  const [tookAbove, took] = [durationsNs[parent] ?? 0, durationsNs[child] ?? 0];
  const fromNs = (startsNs[parent] ?? 0) - (startsNs[child] ?? 0);
  const waited =
    statuses[parent] !== ERROR && kinds[parent] !== PRODUCER && kinds[child] !== CONSUMER;
  const toNs = waited && took <= tookAbove ? fromNs + tookAbove - took : undefined;
  if (fromNs > NS_PER_MS) return { parent, child, fromNs, toNs, shows: true };
  const gapNs = -fromNs - tookAbove;
  const behindNs = toNs === undefined ? (waited && gapNs > 0 ? gapNs + took : 0) : -toNs;
  return { parent, child, fromNs, toNs, shows: behindNs > NS_PER_MS && behindNs > took / 2 };
}

const ERROR = SPAN_STATUSES.indexOf('Error');
const PRODUCER = SPAN_KINDS.indexOf('Producer');
const CONSUMER = SPAN_KINDS.indexOf('Consumer');

function addTrace(pairs: Map<number, PairOfClocks>, key: number, calls: readonly Call[]): void {
  const [example] = calls;
  if (example === undefined) return;
  const pair = pairs.get(key) ?? { example, shiftsNs: [], traceCount: 0, shiftNs: 0 };
  pairs.set(key, pair);
  pair.traceCount++;
  if (calls.some(({ shows }) => shows)) pair.shiftsNs.push(shiftThatFits(calls));
}

function shiftThatFits(calls: readonly Call[]): number {
  const fromNs = calls.reduce((max, call) => Math.max(max, call.fromNs), -Infinity);
  const toNs = calls.reduce((min, call) => Math.min(min, call.toNs ?? Infinity), Infinity);
  if (toNs === Infinity) return fromNs;
  if (fromNs <= toNs) return Math.trunc((fromNs + toNs) / 2);
  const showing = calls.filter(({ shows }) => shows);
  return median(
    showing.map((call) =>
      call.toNs === undefined ? call.fromNs : Math.trunc((call.fromNs + call.toNs) / 2),
    ),
  );
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/**
 * Returns what numbers the two clocks of a parent and its child; undefined where they have one
 * clock, or one of them has no start.
 */
function pairsOf(table: SpanTable): (parent: number, child: number) => number | undefined {
  const { services, hosts, startsNs } = table;
  // One without a start is as of 1970.
  const noStartNs = -Number(table.originEpochNs);
  const hasStart = (i: number): boolean => (startsNs[i] ?? 0) > noStartNs;
  const numbers = new Map<number, number>();
  const clockOf = (i: number): number => {
    const key = (services[i] ?? 0) * table.names.length + (hosts[i] ?? 0);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    return numbers.size - 1;
  };
  return (parent, child) => {
    if (parent < 0 || !hasStart(parent) || !hasStart(child)) return undefined;
    const [above, below] = [hosts[parent], hosts[child]];
    const isNamed = above !== 0 && below !== 0;
    const isOther = isNamed ? above !== below : services[parent] !== services[child];
    return isOther ? clockOf(parent) * CLOCKS_MAX + clockOf(child) : undefined;
  };
}

/** The product of two clocks' numbers is a whole number that a double has exactly. */
const CLOCKS_MAX = 2 ** 26;

function clockPairs(table: SpanTable, pairs: readonly PairOfClocks[]): readonly ClockPair[] {
  const { services, hosts } = table;
  return pairs
    .map(({ example: { parent, child }, shiftsNs, traceCount, shiftNs }) => ({
      parentService: services[parent] ?? 0,
      parentHost: hosts[parent] ?? 0,
      childService: services[child] ?? 0,
      childHost: hosts[child] ?? 0,
      aheadNs: -shiftNs,
      traceCount,
      showingCount: shiftsNs.length,
    }))
    .toSorted((a, b) => b.showingCount - a.showingCount);
}
