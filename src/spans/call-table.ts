import { NO_PARENT, type SpanTable } from './span-table.ts';

/** A call of a table: its attempts, or the one span that it is. */
export interface CallInTable {
  /** A trace may hold several calls. */
  readonly trace: number;
  /** The spans that the call begins with, of the trace; what is below them is the call's. */
  readonly roots: readonly number[];
  /** How many calls it stands for. */
  readonly weight: number;
}

/**
 * Returns a table in which every call is a trace of its own, in their order, with the id of the
 * trace that it is of: the spans below its roots, which have no parent here, each as often as the
 * call stands for. Where a trace holds no other call, spans of it whose parent is missing are the
 * call's too: else nobody could say that it is broken.
 */
export function callTable(table: SpanTable, calls: readonly CallInTable[]): SpanTable {
  const ofTrace = Map.groupBy(calls.keys(), (call) => calls[call]?.trace ?? -1);
  const owners = new Int32Array(table.spanCount).fill(-1);
  for (const [trace, own] of ofTrace) ownSpans(table, { trace, own, calls }, owners);
  const lists = calls.map((): number[] => []);
  for (const trace of ofTrace.keys()) {
    const to = table.traceStarts[trace + 1] ?? 0;
    for (let i = table.traceStarts[trace] ?? 0; i < to; i++) lists[owners[i] ?? -1]?.push(i);
  }
  return gathered(table, calls, lists);
}

interface CallsOfTrace {
  readonly trace: number;
  readonly own: readonly number[];
  readonly calls: readonly CallInTable[];
}

function ownSpans(table: SpanTable, { trace, own, calls }: CallsOfTrace, owners: Int32Array): void {
  for (const call of own) for (const root of calls[call]?.roots ?? []) owners[root] = call;
  const { parents, traceStarts } = table;
  const [only, ...others] = own;
  const [from, to] = [traceStarts[trace] ?? 0, traceStarts[trace + 1] ?? 0];
  let isAlone = others.length === 0;
  for (let i = from; i < to; i++) isAlone &&= parents[i] !== NO_PARENT || owners[i] === only;
  const way: number[] = [];
  for (let i = from; i < to; i++) {
    let at = i;
    while (at >= 0 && (owners[at] ?? -1) < 0) {
      way.push(at);
      at = parents[at] ?? -1;
    }
    const owner = at >= 0 ? owners[at] : at !== NO_PARENT && isAlone ? only : undefined;
    if (owner !== undefined) for (const span of way) owners[span] = owner;
    way.length = 0;
  }
}

function gathered(
  table: SpanTable,
  calls: readonly CallInTable[],
  lists: readonly (readonly number[])[],
): SpanTable {
  const order = Uint32Array.from(lists.flat());
  const places = new Int32Array(table.spanCount).fill(-1);
  order.forEach((span, i) => (places[span] = i));
  const roots = new Set(calls.flatMap((call) => call.roots));
  const traceStarts = new Uint32Array(calls.length + 1);
  lists.forEach((list, call) => (traceStarts[call + 1] = (traceStarts[call] ?? 0) + list.length));
  const weights = new Float64Array(order.length);
  calls.forEach(({ weight }, call) => {
    weights.fill(weight, traceStarts[call], traceStarts[call + 1]);
  });
  const { attributeStarts } = table;
  const starts = new Uint32Array(order.length + 1);
  order.forEach((span, i) => {
    const length = (attributeStarts[span + 1] ?? 0) - (attributeStarts[span] ?? 0);
    starts[i + 1] = (starts[i] ?? 0) + length;
  });
  const attributes = (column: Uint32Array): Uint32Array => {
    const taken = new Uint32Array(starts[order.length] ?? 0);
    order.forEach((span, i) => {
      const own = column.subarray(attributeStarts[span] ?? 0, attributeStarts[span + 1] ?? 0);
      taken.set(own, starts[i] ?? 0);
    });
    return taken;
  };
  const take = (column: Uint32Array): Uint32Array => order.map((span) => column[span] ?? 0);
  return {
    ...table,
    spanCount: order.length,
    traceCount: calls.length,
    traceStarts,
    traceIds: calls.map(({ trace }) => table.traceIds[trace] ?? ''),
    spanIds: BigUint64Array.from(order, (span) => table.spanIds[span] ?? 0n),
    parents: Int32Array.from(order, (span) => {
      if (roots.has(span)) return NO_PARENT;
      const parent = table.parents[span] ?? NO_PARENT;
      return parent < 0 ? parent : (places[parent] ?? NO_PARENT);
    }),
    services: take(table.services),
    operations: take(table.operations),
    instances: take(table.instances),
    hosts: take(table.hosts),
    kinds: Uint8Array.from(order, (span) => table.kinds[span] ?? 0),
    statuses: Uint8Array.from(order, (span) => table.statuses[span] ?? 0),
    startsNs: Float64Array.from(order, (span) => table.startsNs[span] ?? 0),
    durationsNs: Float64Array.from(order, (span) => table.durationsNs[span] ?? 0),
    weights,
    attributeStarts: starts,
    attributeKeys: attributes(table.attributeKeys),
    attributeValues: attributes(table.attributeValues),
  };
}
