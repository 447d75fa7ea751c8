import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import { memorySpanWindows } from '../../src/spans/index.ts';
import { span } from '../report/sample-runs.ts';

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
