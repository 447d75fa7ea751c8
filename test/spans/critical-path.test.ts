import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import {
  buildSpanTree,
  criticalPathOf,
  forestOf,
  nodesOf,
  pathTimesOf,
  pathTotals,
  type CriticalPath,
  type SpanForest,
  type SpanNode,
} from '../../src/spans/index.ts';
import { span } from '../report/sample-runs.ts';
import { drawnTrace, linesOf, redrawn } from './drawn-trace.ts';
import { FROM_EPOCH_NS, tableOf, timedTrace } from './generated-traces.ts';

const MS = 1_000_000;

/** What is drawn with `+` is the path. */
const DRAWINGS: Readonly<Record<string, string>> = {
  'is the span itself where it calls nothing': `
root    |++++++++++|`,
  'goes through calls that follow each other, also without a gap between them': `
root    |++-------------+|
  a     |  +++++         |
  b     |       +++      |
  c     |          +++++ |`,
  'goes through the call that ends last, and leaves out those beside it': `
root    |+-----------+++|
  a     | -----         |
  b     | +++++++++++   |
  c     |    ---        |`,
  'goes on before a call that others overlap with what ended before it began': `
root    |+---+--------+|
  a     | +++          |
  b     |   ------     |
  c     |     ++++++++ |`,
  'goes down as far as one waits for another': `
root      |+-----------+|
  a       | +-------+++ |
    b     |  ++---++    |
      c   |    +++      |`,
  'ends with its root, whatever of its calls goes on, and begins with it': `
root    |    ++-----|
  a     |--         |
  b     |      +++++------|`,
  'holds nothing of a call that began when its caller was done': `
root    |+++++++     |
  a     |       -----|
  b     |         ---|`,
  'does not wait for a message to be taken': `
root             |+++--------|
  >send          |   ++++++++|
    <mail/take   |    ----------------|`,
  'waits for what a service does with a message that it took': `
<poll        |+---------+++|
  <handle    | +++++++++   |`,
};

describe('the critical path', () => {
  it.each(Object.entries(DRAWINGS))('%s', (_law, drawing) => {
    const forest = forestOf(tableOf(drawnTrace(drawing)));
    const path = criticalPathOf(forest, forest.mainRoot[0] ?? -1);
    const drawn = path.segments.map(({ span: i, fromNs, toNs }) => ({
      line: Number(forest.table.spanIds[i]) - 1,
      fromMs: (fromNs + Number(forest.table.originEpochNs - FROM_EPOCH_NS)) / MS,
      toMs: (toNs + Number(forest.table.originEpochNs - FROM_EPOCH_NS)) / MS,
    }));
    expect(redrawn(drawing, drawn)).toBe(linesOf(drawing).join('\n'));
  });

  it('is without gaps from the start of the root to its end', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const forest = forestOf(tableOf(timedTrace(seed, 'a1')));
        const { root, segments } = pathOf(forest);
        let atNs = forest.startsNs[root] ?? 0;
        for (const { span: i, fromNs, toNs } of segments) {
          expect(fromNs).toBe(atNs);
          expect(toNs).toBeGreaterThan(fromNs);
          expect(fromNs).toBeGreaterThanOrEqual(forest.startsNs[i] ?? 0);
          atNs = toNs;
        }
        expect(atNs).toBe((forest.startsNs[root] ?? 0) + (forest.table.durationsNs[root] ?? 0));
      }),
      { numRuns: 300 },
    );
  });

  it('is what the definition says, read word by word', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const trace = timedTrace(seed, 'a1');
        const forest = forestOf(tableOf(trace));
        const originNs = Number(forest.table.originEpochNs - FROM_EPOCH_NS);
        const found = pathOf(forest).segments.map(({ span: i, fromNs, toNs }): Part => ({
          spanId: Number(forest.table.spanIds[i]),
          fromNs: fromNs + originNs,
          toNs: toNs + originNs,
        }));
        const root = buildSpanTree(trace)?.roots.find((node) => node.span.parentSpanId === '');
        expect(found).toEqual(root === undefined ? [] : definedPath(root));
      }),
      { numRuns: 300 },
    );
  });

  it('of a trace far deeper than the stack is found', () => {
    const depth = 100_000;
    const trace = Array.from({ length: depth }, (_, i) =>
      span({
        spanId: (i + 1).toString(16),
        parentSpanId: i === 0 ? '' : i.toString(16),
        durationNs: BigInt(depth - i),
      }),
    );
    const { segments } = pathOf(forestOf(tableOf(trace)));
    expect(segments).toHaveLength(depth);
    expect(segments[0]?.span).toBe(depth - 1);
  });

  it('says how much of it a call that is not on it overlaps', () => {
    const beside = (drawing: string): number =>
      pathOf(forestOf(tableOf(drawnTrace(drawing)))).ambiguousNs / MS;
    const follows = `
root    |+++---+|
  a     |   +++ |`;
    expect(beside(follows)).toBe(0);
    // Whether b waited for the first part of a, or for the root, the times do not tell.
    const overlaps = `
root    |++++++--+|
  a     |  -----  |
  b     |      ++ |`;
    expect(beside(overlaps)).toBe(4);
  });

  it('takes a call to follow another that it overlaps by a hundredth', () => {
    const startEpochNs = FROM_EPOCH_NS;
    const trace = (overlapNs: bigint): readonly Span[] => [
      span({ spanId: '1', startEpochNs, durationNs: 300n }),
      span({ spanId: '2', parentSpanId: '1', startEpochNs, durationNs: 100n + overlapNs }),
      span({
        spanId: '3',
        parentSpanId: '1',
        startEpochNs: startEpochNs + 100n,
        durationNs: 200n,
      }),
    ];
    const held = (overlapNs: bigint): readonly number[] => {
      const forest = forestOf(tableOf(trace(overlapNs)));
      return pathOf(forest).segments.map((part) => Number(forest.table.spanIds[part.span]));
    };
    expect(held(0n)).toEqual([2, 3]);
    expect(held(1n)).toEqual([2, 3]);
    expect(held(2n)).toEqual([1, 3]);
  });
});

describe('clocks of many traces', () => {
  it('are brought together in one trace as its tree does', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const trace = timedTrace(seed, 'a1');
        const { startsNs, table } = forestOf(tableOf(trace));
        const nodes = nodesOf(buildSpanTree(trace)?.roots ?? []);
        const byId = new Map(nodes.map((node) => [Number(`0x${node.span.spanId}`), node]));
        for (const [i, startNs] of startsNs.entries()) {
          const node = byId.get(Number(table.spanIds[i]));
          const told = (node?.span.startEpochNs ?? 0n) + (node?.clockShiftNs ?? 0n);
          expect(BigInt(startNs) + table.originEpochNs).toBe(told);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('differ by the median of the traces that show it, and not for one among many', () => {
    const call = (t: number, aheadMs: number): readonly Span[] => {
      const startEpochNs = FROM_EPOCH_NS + BigInt(t * 1_000 * MS);
      const traceId = `a${t}`;
      return [
        span({ traceId, spanId: '1', serviceName: 'front', startEpochNs, durationNs: 5_000_000n }),
        span({
          traceId,
          spanId: '2',
          parentSpanId: '1',
          serviceName: 'back',
          kind: 'Server',
          startEpochNs: startEpochNs + BigInt((1 + aheadMs) * MS),
          durationNs: 3_000_000n,
        }),
      ];
    };
    const aheads = (...aheadMs: readonly number[]): readonly number[] =>
      forestOf(tableOf(aheadMs.flatMap((ms, t) => call(t, ms)))).clocks.map((c) => c.aheadNs / MS);
    expect(aheads(50, 51, 900, 0)).toEqual([51]);
    expect(aheads(0, 0, 900, 0)).toEqual([]);
    const { startsNs } = forestOf(tableOf([...call(0, 50), ...call(1, 60), ...call(2, 55)]));
    expect([...startsNs].map((ns) => ns / MS)).toEqual([0, -4, 1_000, 1_006, 2_000, 2_001]);
  });
});

describe('critical paths by what called what', () => {
  it('hold the durations of their roots, each key once a trace', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), (seeds) => {
        const traces = seeds.flatMap((seed, i) => timedTrace(seed, `a${i}`));
        const forest = forestOf(tableOf(traces));
        const times = pathTimesOf(forest);
        forest.mainRoot.forEach((root, t) => {
          const [from, to] = [times.traceStarts[t], times.traceStarts[t + 1]];
          const heldNs = times.entryNs.subarray(from, to).reduce((a, b) => a + b, 0);
          expect(heldNs).toBe(forest.table.durationsNs[root]);
          const keys = times.entryKeys.subarray(from, to);
          expect(new Set(keys).size).toBe(keys.length);
        });
        const totals = pathTotals(times);
        expect(totals.reduce((sum, total) => sum + total.exclusiveNs, 0)).toBe(
          times.entryNs.reduce((a, b) => a + b, 0),
        );
      }),
    );
  });

  it('say in how many traces a key is on the path', () => {
    const drawing = `
root       |+-----+----+|
  back/a   | +++++      |
  back/a   |       ++++ |`;
    const twice = drawnTrace(drawing);
    const other = drawnTrace('root |+++++|').map((each) => ({ ...each, traceId: 'b1' }));
    const forest = forestOf(tableOf([...twice, ...other]));
    const times = pathTimesOf(forest);
    const named = pathTotals(times).map(({ key, exclusiveNs, traceCount }) => {
      const { service = 0, operation = 0, parent = -1 } = times.keys[key] ?? {};
      const [s, o] = [forest.table.names[service], forest.table.names[operation]];
      return [`${s}/${o} below ${parent}`, exclusiveNs / MS, traceCount];
    });
    expect(named).toEqual([
      ['back/a below 0', 9, 1],
      ['front/root below -1', 8, 2],
    ]);
  });
});

function pathOf(forest: SpanForest): CriticalPath {
  return criticalPathOf(forest, forest.mainRoot[0] ?? -1);
}

interface Part {
  readonly spanId: number;
  readonly fromNs: number;
  readonly toNs: number;
}

/** The definition as it is written, without a thought for time; recursive. */
function definedPath(root: SpanNode): readonly Part[] {
  const startOf = ({ span: s, clockShiftNs }: SpanNode): number =>
    Number(s.startEpochNs + clockShiftNs - FROM_EPOCH_NS);
  const endOf = (node: SpanNode): number => startOf(node) + Number(node.span.durationNs);
  const path = (node: SpanNode, b: number, e: number): readonly Part[] => {
    const self = (fromNs: number, toNs: number): readonly Part[] =>
      fromNs < toNs ? [{ spanId: Number(`0x${node.span.spanId}`), fromNs, toNs }] : [];
    let parts: readonly Part[] = [];
    for (let t = e; ;) {
      const next = node.children
        .filter(({ span: s }) => s.kind !== 'Consumer')
        .map((child) => ({
          child,
          fromNs: Math.max(b, startOf(child)),
          toNs: Math.min(e, endOf(child)),
        }))
        .filter(({ fromNs, toNs }) => fromNs < toNs && fromNs < t)
        .filter(({ fromNs, toNs }) => toNs <= t || toNs - t <= (toNs - fromNs) / 100)
        .reduce<{ child: SpanNode; fromNs: number; toNs: number } | undefined>(
          (best, each) =>
            best === undefined ||
            each.toNs > best.toNs ||
            (each.toNs === best.toNs && each.fromNs < best.fromNs)
              ? each
              : best,
          undefined,
        );
      if (next === undefined) return [...self(b, t), ...parts];
      const toNs = Math.min(next.toNs, t);
      parts = [...path(next.child, next.fromNs, toNs), ...self(toNs, t), ...parts];
      t = next.fromNs;
    }
  };
  return path(root, startOf(root), endOf(root));
}
