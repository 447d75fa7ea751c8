import { describe, expect, it } from 'vitest';
import { epochNsFromMs, NS_PER_MS, type Span } from '../../src/core/index.ts';
import { buildSpanTree, type SpanNode } from '../../src/spans/index.ts';
import { span } from '../report/sample-runs.ts';
import { shopTrace } from '../report/sample-trace.ts';

describe('the tree of a trace', () => {
  it('has every span below the one that caused it, siblings by their starts', () => {
    expect(outline(shopTrace())).toEqual([
      'a1',
      '  b1',
      '    c1',
      '      c2',
      '    d1',
      '      d2',
      '    e1',
      '      e2',
      'f2 (orphan)',
    ]);
  });

  it('reaches from the earliest start to the latest end, whatever span that is of', () => {
    const tree = buildSpanTree(shopTrace());
    const from = shopTrace()[0]?.startEpochNs ?? 0n;
    expect(tree?.fromEpochNs).toBe(from);
    expect(tree?.toEpochNs).toBe(from + BigInt(101 * NS_PER_MS));
    expect(tree).toMatchObject({ spanCount: 9, serviceCount: 5 });
  });

  it('does not depend on the order of the spans, nor on how often each is given', () => {
    const turned = [...shopTrace().toReversed(), ...shopTrace()];
    expect(buildSpanTree(turned)).toEqual(buildSpanTree(shopTrace()));
  });

  it('does not depend on the order of spans that begin and end together', () => {
    const alike = ['r', 'a', 'b', 'c'].map((spanId) =>
      span({ spanId, parentSpanId: spanId === 'r' ? '' : 'r' }),
    );
    expect(outline(alike)).toEqual(['r', '  a', '  b', '  c']);
    expect(buildSpanTree(alike.toReversed())).toEqual(buildSpanTree(alike));
  });

  it('has a root where spans are each other’s parent, the one that starts first', () => {
    const from = epochNsFromMs(1_000);
    const trace = [
      span({ spanId: 'a', parentSpanId: 'b', startEpochNs: from + 1n }),
      span({ spanId: 'b', parentSpanId: 'a', startEpochNs: from }),
      span({ spanId: 'c', parentSpanId: 'c', startEpochNs: from + 2n }),
    ];
    expect(outline(trace)).toEqual(['b (orphan)', '  a', 'c (orphan)']);
  });

  it('holds a chain of calls deeper than any stack', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      span({ spanId: String(i), parentSpanId: i === 0 ? '' : String(i - 1) }),
    );
    const tree = buildSpanTree(chain);
    let depth = 0;
    for (let node = tree?.roots[0]; node !== undefined; node = node.children[0]) depth++;
    expect(depth).toBe(20_000);
  });

  it('of no spans there is none', () => {
    expect(buildSpanTree([])).toBeUndefined();
  });
});

/** The ids of a trace's spans, indented by their depth. */
function outline(spans: readonly Span[]): readonly string[] {
  const linesOf = (node: SpanNode, indent: string): readonly string[] => [
    `${indent}${node.span.spanId.replace(/^0+/u, '')}${node.orphan ? ' (orphan)' : ''}`,
    ...node.children.flatMap((child) => linesOf(child, `${indent}  `)),
  ];
  return (buildSpanTree(spans)?.roots ?? []).flatMap((root) => linesOf(root, ''));
}
