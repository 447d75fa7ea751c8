import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import {
  forestOf,
  GRAPH_ATTRIBUTES,
  memorySpanWindows,
  PATH_ATTRIBUTES,
  pathTimesOf,
  pathTotals,
  serviceGraphOf,
  type AttributeChoice,
  type SpanForest,
} from '../../src/spans/index.ts';
import { span } from '../report/sample-runs.ts';
import { timedTrace } from './generated-traces.ts';

const window = { fromEpochNs: 1_000n, toEpochNs: 2_000n };

describe('a window of spans in memory', () => {
  it('has whole traces that begin in it, also where a span of theirs lies behind it', async () => {
    const spans = [
      ...trace('a', [1_000n, 2_500n]),
      ...trace('b', [999n, 1_500n]),
      ...trace('c', [2_000n]),
      ...trace('d', [0n, 1_999n]),
    ];
    const { table, tracesInAll } = await memorySpanWindows(spans).spansIn(window, 10);
    expect([...table.traceIds].toSorted()).toEqual(['a', 'd']);
    expect({ spans: table.spanCount, tracesInAll }).toEqual({ spans: 4, tracesInAll: 2 });
  });

  it('has a sample where there are more traces, the same one again, each trace whole', async () => {
    const spans = Array.from({ length: 100 }, (_, i) => trace(`t${i}`, [1_000n, 1_001n])).flat();
    const windows = memorySpanWindows(spans);
    const [first, again] = [await windows.spansIn(window, 7), await windows.spansIn(window, 7)];
    expect(first.tracesInAll).toBe(100);
    expect([first.table.traceCount, first.table.spanCount]).toEqual([7, 14]);
    expect(again.table.traceIds).toEqual(first.table.traceIds);
  });

  it('has of attributes those that are chosen, and hosts where places are', async () => {
    const attributes = { 'server.address': 'db', 'http.route': '/' };
    const resourceAttributes = { 'host.name': 'node-1', 'server.address': 'own' };
    const [own] = trace('a', [1_000n]);
    const windows = memorySpanWindows([{ ...own, attributes, resourceAttributes } as Span]);
    const read = async (choice?: AttributeChoice): Promise<unknown> => {
      const { table } = await windows.spansIn(window, 10, choice);
      return { host: table.names[table.hosts[0] ?? 0], keys: table.attributeKeys.length };
    };
    expect(await read()).toEqual({ host: 'node-1', keys: 4 });
    expect(await read({ keys: ['server.address'], places: true })).toEqual({
      host: 'node-1',
      keys: 1,
    });
    expect(await read({ keys: ['none'], places: false })).toEqual({ host: '', keys: 0 });
  });

  it('says the same of graphs and critical paths with no more than what these need', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 10_000 }), async (seed) => {
        const spans = [...timedTrace(seed, 'a1'), ...timedTrace(seed + 1, 'b2')];
        const windows = memorySpanWindows(spans);
        const all = { fromEpochNs: 1n, toEpochNs: 2n ** 62n };
        const forest = async (choice?: AttributeChoice): Promise<SpanForest> =>
          forestOf((await windows.spansIn(all, 10, choice)).table);
        const whole = await forest();
        expect(serviceGraphOf(await forest(GRAPH_ATTRIBUTES), 'operation')).toEqual(
          serviceGraphOf(whole, 'operation'),
        );
        expect(pathTotals(pathTimesOf(await forest(PATH_ATTRIBUTES)))).toEqual(
          pathTotals(pathTimesOf(whole)),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('has the traces of a run, and those that pass through a service', async () => {
    const spans = [
      ...trace('aa1', [1_000n], 'front'),
      ...trace('aa1', [1_100n], 'cart'),
      ...trace('bb2', [1_000n], 'front'),
    ];
    const windows = memorySpanWindows(spans);
    const ofRun = await windows.spansIn({ ...window, runId: 'bb' }, 10);
    expect(ofRun.table.traceIds).toEqual(['bb2']);
    const ofCart = await windows.spansIn({ ...window, serviceName: 'cart' }, 10);
    expect(ofCart.table.traceIds).toEqual(['aa1']);
    expect(ofCart.table.spanCount).toBe(2);
  });
});

function trace(traceId: string, startsNs: readonly bigint[], serviceName = 'front'): Span[] {
  return startsNs.map((startEpochNs, i) =>
    span({ traceId, spanId: `${serviceName}${i}`, startEpochNs, serviceName, durationNs: 1n }),
  );
}
