import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SPAN_KINDS, SPAN_STATUSES, type Span } from '../../src/core/index.ts';
import {
  buildSpanTree,
  NO_PARENT,
  nodesOf,
  PARENT_MISSING,
  SpanTableBuilder,
  type SpanTable,
} from '../../src/spans/index.ts';
import { span } from '../report/sample-runs.ts';
import { shopTrace } from '../report/sample-trace.ts';
import { FROM_EPOCH_NS, tableOf, tangledTrace } from './generated-traces.ts';

describe('spans as columns', () => {
  it('have the parents that the tree of their trace has', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 4 }), (seeds) => {
        const traces = seeds.map((seed, i) => tangledTrace(seed, traceIdOf(i)));
        const table = tableOf(traces.flat().toSorted(bySpanId));
        expect(table.traceIds.toSorted()).toEqual(traces.map((_, i) => traceIdOf(i)));
        for (const [t, traceId] of table.traceIds.entries()) {
          const trace = traces.flat().filter((each) => each.traceId === traceId);
          expect(parentsIn(table, t)).toEqual(parentsInTree(trace));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('do not depend on the order in which they come', () => {
    const order = fc.shuffledSubarray([...shopTrace(), ...shopTrace()], { minLength: 18 });
    fc.assert(
      fc.property(order, (spans) => {
        expect(parentsIn(tableOf(spans), 0)).toEqual(parentsIn(tableOf(shopTrace()), 0));
      }),
    );
  });

  it('have their traces by id, in whatever order they come', () => {
    const spans = ['c1', 'a2', 'b3'].flatMap((end) => tangledTrace(7, end.padStart(32, '0')));
    fc.assert(
      fc.property(fc.shuffledSubarray(spans, { minLength: spans.length }), (shuffled) => {
        const { traceIds, traceStarts } = tableOf(shuffled);
        expect(traceIds.map((id) => id.slice(-2))).toEqual(['a2', 'b3', 'c1']);
        expect(traceStarts).toEqual(tableOf(spans).traceStarts);
      }),
    );
  });

  it('keep what is asked of a span', () => {
    const table = tableOf([
      span({
        serviceName: 'orders',
        name: 'POST /api/orders',
        kind: 'Server',
        status: 'Error',
        startEpochNs: FROM_EPOCH_NS + 7n,
        durationNs: 123_456_789n,
        attributes: { 'http.route': '/api/orders' },
        resourceAttributes: { 'host.name': 'node-1', 'k8s.pod.name': 'orders-7f', 'host.id': 'a9' },
      }),
      span({ traceId: 'ff', startEpochNs: FROM_EPOCH_NS }),
    ]);
    const text = (column: Uint32Array): string | undefined => table.names[column[0] ?? -1];
    expect(table).toMatchObject({ spanCount: 2, traceCount: 2, originEpochNs: FROM_EPOCH_NS });
    expect(text(table.services)).toBe('orders');
    expect(text(table.operations)).toBe('POST /api/orders');
    expect(text(table.instances)).toBe('orders-7f');
    expect(text(table.hosts)).toBe('a9');
    expect(SPAN_KINDS[table.kinds[0] ?? 0]).toBe('Server');
    expect(SPAN_STATUSES[table.statuses[0] ?? 0]).toBe('Error');
    expect(table.startsNs[0]).toBe(7);
    expect(table.durationsNs[0]).toBe(123_456_789);
    expect(table.spanIds[0]).toBe(0xa1n);
    expect(attributesOf(table, 0)).toEqual({
      'http.route': '/api/orders',
      'host.name': 'node-1',
      'k8s.pod.name': 'orders-7f',
      'host.id': 'a9',
    });
    expect(attributesOf(table, 1)).toEqual({});
  });

  it('count times that cannot be, which cost those of others no precision', () => {
    const table = tableOf([
      span({ spanId: '1', startEpochNs: 0n, durationNs: FROM_EPOCH_NS }),
      span({ spanId: '2', startEpochNs: FROM_EPOCH_NS + 1n, durationNs: -1n }),
      span({ spanId: '3', startEpochNs: FROM_EPOCH_NS, durationNs: 3n }),
      span({ spanId: '4', startEpochNs: 5n, durationNs: 3n }),
      span({ spanId: '5', startEpochNs: FROM_EPOCH_NS + 2n, durationNs: 3n }),
    ]);
    expect(table.invalidCount).toBe(2);
    expect(table.originEpochNs).toBe(FROM_EPOCH_NS);
    expect([...table.startsNs.slice(2)]).toEqual([0, 1, 2]);
    expect([...table.durationsNs]).toEqual([0, 3, 3, 0, 3]);
  });

  it('are none where there are none', () => {
    const none = { spanCount: 0, traceCount: 0, traceIds: [], originEpochNs: 0n };
    expect(new SpanTableBuilder().build()).toMatchObject(none);
  });

  it('are as deep as a trace is, and in a circle as long', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) =>
      span({ spanId: (i + 2).toString(16), parentSpanId: (i + 1).toString(16) }),
    );
    const depth = (spans: readonly Span[]): number => {
      const { parents } = tableOf(spans);
      const depths = new Map<number, number>();
      parents.forEach((parent, i) => depths.set(i, (depths.get(parent) ?? 0) + 1));
      return Math.max(...[...depths.values()].slice(-1));
    };
    expect(depth(chain)).toBe(chain.length);
    const circle = [span({ spanId: '1', parentSpanId: (chain.length + 1).toString(16) }), ...chain];
    expect(depth(circle)).toBe(circle.length);
  });
});

/** What a span is, and what is above it: the same for a table and a tree. */
interface Placed {
  readonly span: string;
  readonly above: string;
}

function parentsIn(table: SpanTable, t: number): readonly Placed[] {
  const textOf = (i: number): string =>
    [
      table.spanIds[i],
      SPAN_KINDS[table.kinds[i] ?? 0],
      table.names[table.services[i] ?? 0],
      (table.startsNs[i] ?? 0) + Number(table.originEpochNs - FROM_EPOCH_NS),
    ].join(' ');
  const placed: Placed[] = [];
  for (let i = table.traceStarts[t] ?? 0; i < (table.traceStarts[t + 1] ?? 0); i++) {
    const parent = table.parents[i] ?? NO_PARENT;
    const above = parent === NO_PARENT ? 'none' : parent === PARENT_MISSING ? '?' : textOf(parent);
    placed.push({ span: textOf(i), above });
  }
  return placed.toSorted(bySpan);
}

function parentsInTree(trace: readonly Span[]): readonly Placed[] {
  const textOf = (s: Span): string =>
    [BigInt(`0x${s.spanId}`), s.kind, s.serviceName, s.startEpochNs - FROM_EPOCH_NS].join(' ');
  const roots = buildSpanTree(trace)?.roots ?? [];
  return [
    ...roots.map((root) => ({ span: textOf(root.span), above: root.orphan ? '?' : 'none' })),
    ...nodesOf(roots).flatMap((node) =>
      node.children.map((child) => ({ span: textOf(child.span), above: textOf(node.span) })),
    ),
  ].toSorted(bySpan);
}

function bySpan(a: Placed, b: Placed): number {
  return a.span < b.span ? -1 : Number(a.span > b.span);
}

function bySpanId(a: Span, b: Span): number {
  return a.spanId < b.spanId ? -1 : Number(a.spanId > b.spanId);
}

function traceIdOf(i: number): string {
  return i.toString(16).padStart(32, '0');
}

function attributesOf(table: SpanTable, i: number): Readonly<Record<string, string>> {
  const [from, to] = [table.attributeStarts[i], table.attributeStarts[i + 1]];
  const texts = (column: Uint32Array): readonly string[] =>
    [...column.subarray(from, to)].map((n) => table.names[n] ?? '');
  const values = texts(table.attributeValues);
  return Object.fromEntries(texts(table.attributeKeys).map((key, n) => [key, values[n] ?? '']));
}
