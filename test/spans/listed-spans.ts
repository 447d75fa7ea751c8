import type { SpanTable } from '../../src/spans/index.ts';

/** Returns all that a table has of its spans, in an order that does not depend on its own. */
export function listed(table: SpanTable): readonly (readonly [string, unknown])[] {
  const traces = table.traceIds.map((traceId, t) => {
    const [from = 0, to = 0] = [table.traceStarts[t], table.traceStarts[t + 1]];
    const own = Array.from({ length: to - from }, (_, i) => spanAt(table, from + i, from));
    return [traceId, own] as const;
  });
  return traces.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function spanAt(table: SpanTable, i: number, first: number): unknown {
  const text = (column: Uint32Array): string => table.names[column[i] ?? 0] ?? '';
  const [from = 0, to = 0] = [table.attributeStarts[i], table.attributeStarts[i + 1]];
  const attributes = Array.from({ length: to - from }, (_, k) => [
    table.names[table.attributeKeys[from + k] ?? 0],
    table.names[table.attributeValues[from + k] ?? 0],
  ]);
  const parent = table.parents[i] ?? 0;
  return {
    id: table.spanIds[i],
    parent: parent < 0 ? parent : parent - first,
    service: text(table.services),
    operation: text(table.operations),
    instance: text(table.instances),
    host: text(table.hosts),
    kind: table.kinds[i],
    status: table.statuses[i],
    startEpochNs: table.originEpochNs + BigInt(table.startsNs[i] ?? 0),
    durationNs: table.durationsNs[i],
    weight: table.weights[i],
    attributes: attributes.map((pair) => pair.join('=')).toSorted(),
  };
}
