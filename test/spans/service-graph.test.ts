import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  forestOf,
  memorySpanWindows,
  serviceGraphOf,
  type GraphEdge,
} from '../../src/spans/index.ts';
import type { Span } from '../../src/core/index.ts';
import { span } from '../report/sample-runs.ts';
import { drawnTrace } from './drawn-trace.ts';
import { FROM_EPOCH_NS, tableOf } from './generated-traces.ts';

const MS = 1_000_000;

describe('the service graph', () => {
  it('joins a client to its server, and takes the name that the client says for a peer without spans', () => {
    expect(
      edgesOf(
        withAttributes(
          `
#front/get        |------------|
  @charge         | ------     |
    #pay/post     |  ----      |
      @!select    |   --       |
  @nobody         |        --  |`,
          { select: { 'db.system': 'postgresql', 'server.address': 'pg-1' } },
        ),
      ),
    ).toEqual([
      ['(outside) > front', 'get', { calls: 1, failed: 0, maxNs: 12 * MS }],
      ['front > ?', 'nobody', { calls: 1, failed: 0, maxNs: 2 * MS, isInferred: true }],
      ['front > pay', 'charge', { calls: 1, failed: 0, maxNs: 6 * MS }],
      ['pay > pg-1', 'select', { calls: 1, failed: 1, maxNs: 2 * MS, isInferred: true }],
    ]);
  });

  it('counts a call once that two layers of its client tell of', () => {
    expect(
      edgesOf(
        drawnTrace(`
@front/sdk        |------------|
  @http           | ------     |
    #pay/post     |  ----      |`),
      ),
    ).toEqual([['front > pay', 'http', { calls: 1, failed: 0, maxNs: 6 * MS }]]);
  });

  it('tells clients and servers by their places where a tracer records no kinds', () => {
    expect(
      edgesOf(
        drawnTrace(`
?front/recv       |------------|
  ?get-cart       | ------     |
    ?cart/get     |  ----      |
      ?read       |   --       |
  ?render         |        --  |`),
      ),
    ).toEqual([
      ['(outside) > front', 'recv', { calls: 1, failed: 0, maxNs: 12 * MS }],
      ['front > cart', 'get-cart', { calls: 1, failed: 0, maxNs: 6 * MS }],
    ]);
  });

  it('has a message by how long its handling took, and one that nobody took', () => {
    expect(
      edgesOf(
        withAttributes(
          `
>front/send       |--             |
  <!mail/take     |     ---       |
  <log/take       |        ------ |
>front/lost       |---            |`,
          { lost: { 'messaging.destination.name': 'orders' } },
        ),
      ),
    ).toEqual([
      ['front > log', 'send', { kind: 'message', calls: 1, failed: 0, maxNs: 6 * MS }],
      ['front > mail', 'send', { kind: 'message', calls: 1, failed: 1, maxNs: 3 * MS }],
      [
        'front > orders',
        'lost',
        { kind: 'message', calls: 1, failed: 0, maxNs: 3 * MS, isInferred: true },
      ],
    ]);
  });

  it('tells who called where only the server has a span, and not of a service’s own spans', () => {
    expect(
      edgesOf(
        drawnTrace(`
front/work        |------------|
  #pay/post       |  ----      |
    inner         |   --       |
    #pay/self     |   --       |`),
      ),
    ).toEqual([['front > pay', 'post', { calls: 1, failed: 0, maxNs: 4 * MS }]]);
  });

  it('tells a call from outside from one whose caller is not stored', () => {
    const [root, ...rest] = drawnTrace(`
@front/call       |------------|
  #pay/post       |  ----      |`);
    expect(edgesOf(rest)).toMatchObject([['(not stored) > pay', 'post', { calls: 1 }]]);
    const alone = { ...root!, kind: 'Server' as const };
    expect(edgesOf([alone])).toMatchObject([['(outside) > front', 'call', { calls: 1 }]]);
  });

  it('has percentiles by the nearest rank, and none of too few calls', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }), (tookMs) => {
        const [edge] = serviceGraphOf(forestOf(tableOf(tookMs.map(callOf))), 'operation').edges;
        const sorted = tookMs.toSorted((a, b) => a - b);
        const atOrBelow = (ns: number): number => tookMs.filter((ms) => ms * MS <= ns).length;
        for (const [p, ns] of [
          [50, edge?.p50Ns],
          [95, edge?.p95Ns],
          [99, edge?.p99Ns],
        ] as const) {
          // A percentile needs one call beyond it.
          expect(ns !== undefined).toBe(tookMs.length * (100 - p) >= 100);
          if (ns === undefined) continue;
          expect(atOrBelow(ns) * 100).toBeGreaterThanOrEqual(p * tookMs.length);
          const below = sorted.filter((ms) => ms * MS < ns).length;
          expect(below * 100).toBeLessThan(p * tookMs.length);
        }
        expect(edge?.maxNs).toBe((sorted.at(-1) ?? 0) * MS);
      }),
    );
  });

  it('has one edge for all operations between two services where that is wanted', async () => {
    const calls = [callOf(10, 0), { ...callOf(30, 1), name: 'other', status: 'Error' as const }];
    const selection = { fromEpochNs: FROM_EPOCH_NS, toEpochNs: FROM_EPOCH_NS + 1_000_000_000n };
    const { table } = await memorySpanWindows(calls).spansIn(selection, 10);
    expect(serviceGraphOf(forestOf(table), 'service').edges).toMatchObject([
      { operation: '', calls: 2, failed: 1, p50Ns: 10 * MS, maxNs: 30 * MS },
    ]);
    expect(serviceGraphOf(forestOf(table), 'operation').edges).toHaveLength(2);
  });
});

/** A call to a peer without spans, in a trace of its own. */
function callOf(tookMs: number, i: number): Span {
  return span({
    traceId: `a${i}`,
    kind: 'Client',
    startEpochNs: FROM_EPOCH_NS + BigInt(i),
    durationNs: BigInt(tookMs * MS),
    attributes: { 'server.address': 'peer' },
  });
}

function withAttributes(
  drawing: string,
  attributes: Readonly<Record<string, Span['attributes']>>,
): readonly Span[] {
  return drawnTrace(drawing).map((each) => ({
    ...each,
    attributes: attributes[each.name] ?? {},
  }));
}

function edgesOf(spans: readonly Span[]): readonly unknown[] {
  return serviceGraphOf(forestOf(tableOf(spans)), 'operation').edges.map((edge: GraphEdge) => {
    const { caller, callerIs, callee, operation, kind, isInferred, calls, failed, maxNs } = edge;
    return [
      `${callerIs === 'service' ? caller : `(${callerIs})`} > ${callee === '' ? '?' : callee}`,
      operation,
      {
        ...(kind === 'message' ? { kind } : {}),
        ...(isInferred ? { isInferred } : {}),
        calls,
        failed,
        maxNs,
      },
    ];
  });
}
