import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochNsFromMs, type Span } from '../../src/core/index.ts';
import { buildSpanTree, nodesOf, type SpanNode } from '../../src/spans/index.ts';
import { span } from '../report/sample-runs.ts';

const FROM = epochNsFromMs(1_795_000_000_000);

describe('spans that share an id', () => {
  it('are two nodes, the server below its client, as Zipkin and Envoy make them', () => {
    expect(outline(zipkinTrace())).toEqual([
      'front Server 1',
      '  front Client 2',
      '    stock Server 2',
      '      stock Client 3',
      '        pg Server 3',
    ]);
    expect(buildSpanTree(zipkinTrace())).toMatchObject({ spanCount: 5, serviceCount: 3 });
  });

  it('are so in whatever order and however often they came', () => {
    const order = fc.shuffledSubarray([...zipkinTrace(), ...zipkinTrace()], { minLength: 10 });
    fc.assert(
      fc.property(order, (spans) => {
        expect(buildSpanTree(spans)).toEqual(buildSpanTree(zipkinTrace()));
      }),
    );
  });

  it('keep what their own services made below them', () => {
    const trace = [
      made('front', 'Client', '2', ''),
      made('stock', 'Server', '2', ''),
      made('front', 'Internal', '4', '2'),
      made('stock', 'Internal', '5', '2'),
    ];
    expect(outline(trace)).toEqual([
      'front Client 2',
      '  stock Server 2',
      '    stock Internal 5',
      '  front Internal 4',
    ]);
  });

  it('are a message and who took it as well', () => {
    const trace = [made('front', 'Producer', '2', ''), made('mail', 'Consumer', '2', '')];
    expect(outline(trace)).toEqual(['front Producer 2', '  mail Consumer 2']);
  });

  it('are both servers where a proxy sent the call to two', () => {
    const trace = [
      made('front', 'Client', '2', ''),
      made('stock', 'Server', '2', ''),
      made('stock-mirror', 'Server', '2', ''),
    ];
    expect(outline(trace)).toEqual([
      'front Client 2',
      '  stock Server 2',
      '  stock-mirror Server 2',
    ]);
  });

  it('are no parents where the id is none', () => {
    const trace = [made('front', 'Server', '1', ''), made('stock', 'Internal', '', '1')];
    expect(outline(trace)).toEqual(['front Server 1', '  stock Internal ']);
  });

  it('of two deliveries of one span the longer counts', () => {
    const early = made('front', 'Server', '1', '', { durationNs: 5n });
    const whole = made('front', 'Server', '1', '', { durationNs: 50n });
    for (const spans of [
      [early, whole],
      [whole, early],
    ]) {
      expect(nodesOf(buildSpanTree(spans)?.roots ?? []).map((n) => n.span)).toEqual([whole]);
    }
  });
});

/** All begin together, as clocks of whole milliseconds have it. */
function zipkinTrace(): readonly Span[] {
  return [
    made('front', 'Server', '1', '', { durationNs: 20_000_000n }),
    made('front', 'Client', '2', '1', { durationNs: 12_000_000n }),
    made('stock', 'Server', '2', '1', { durationNs: 9_000_000n }),
    made('stock', 'Client', '3', '2', { durationNs: 4_000_000n }),
    made('pg', 'Server', '3', '2', { durationNs: 3_000_000n }),
  ];
}

function made(
  serviceName: string,
  kind: Span['kind'],
  spanId: string,
  parentSpanId: string,
  changes: Partial<Span> = {},
): Span {
  return span({ serviceName, kind, spanId, parentSpanId, startEpochNs: FROM, ...changes });
}

function outline(spans: readonly Span[]): readonly string[] {
  const linesOf = ({ span: s, children }: SpanNode, indent: string): readonly string[] => [
    `${indent}${s.serviceName} ${s.kind} ${s.spanId}`,
    ...children.flatMap((child) => linesOf(child, `${indent}  `)),
  ];
  return (buildSpanTree(spans)?.roots ?? []).flatMap((root) => linesOf(root, ''));
}
