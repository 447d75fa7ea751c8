import { describe, expect, it } from 'vitest';
import type { FaultWindow, Span, SpanKind } from '../../src/core/index.ts';
import { faultsDuring, faultsInPath, type FaultPort } from '../../src/faults/stamp-faults.ts';

const ORIGIN_MS = 1_790_000_000_000.5;

function window(fault: string, fromNs: number, toNs: number, proxy = 'payment'): FaultWindow {
  return {
    fault,
    placeKind: 'proxy',
    place: proxy,
    effect: 'latency',
    attributes: {},
    fromNs,
    toNs,
  };
}

function span(options: {
  startNs: number;
  durationNs: number;
  port?: string;
  kind?: SpanKind;
}): Span {
  return {
    traceId: '0'.repeat(31) + '1',
    spanId: '0'.repeat(15) + '1',
    parentSpanId: '',
    traceState: '',
    name: 'POST /api/charges',
    kind: options.kind ?? 'Client',
    serviceName: 'orders',
    startEpochNs: 1_790_000_000_000_500_000n + BigInt(options.startNs),
    durationNs: BigInt(options.durationNs),
    status: 'Unset',
    statusMessage: '',
    resourceAttributes: {},
    attributes: { 'server.port': options.port ?? '7203' },
    scopeName: '',
    scopeVersion: '',
    events: [],
    links: [],
  };
}

describe('faultsDuring', () => {
  // 0    10   20   30   40
  //      ├─ stall ─┤
  //           ├─ cut ──►        still open
  const windows = [window('stall', 10, 30), window('cut', 20, Infinity)];

  it.each([
    [0, 9, []],
    [0, 10, ['stall']],
    [12, 13, ['stall']],
    [0, 99, ['stall', 'cut']],
    [31, 40, ['cut']],
  ])('of [%i, %i] are %j', (fromNs, toNs, expected) => {
    expect(faultsDuring(windows, fromNs, toNs)).toEqual(expected);
  });

  it('names a fault once that came twice', () => {
    expect(faultsDuring([window('a', 0, 1), window('a', 2, 3)], 0, 9)).toEqual(['a']);
  });
});

describe('faultsInPath', () => {
  const windows = [window('stall', 1_000, 2_000), window('other', 0, 9_000, 'inventory')];
  const ports: readonly FaultPort[] = [
    { port: 7203, placeKind: 'proxy', place: 'payment' },
    { port: 7202, placeKind: 'proxy', place: 'inventory' },
    // The service behind the proxy, and as it is called past it.
    { port: 7202, placeKind: 'service', place: 'inventory' },
    { port: 7302, placeKind: 'service', place: 'inventory' },
  ];
  const inPath = (of: Span): readonly string[] => faultsInPath(of, windows, ports, ORIGIN_MS);

  it('are those of the proxy that the call went to, while it lasted', () => {
    expect(inPath(span({ startNs: 500, durationNs: 600 }))).toEqual(['stall']);
    expect(inPath(span({ startNs: 500, durationNs: 400 }))).toEqual([]);
    expect(inPath(span({ startNs: 500, durationNs: 400, port: '7202' }))).toEqual(['other']);
  });

  it('are those of the service that the call went to, also through a proxy', () => {
    const paused: FaultWindow = {
      ...window('pause', 0, 9_000, 'inventory'),
      placeKind: 'service',
    };
    const on = (port: string): readonly string[] =>
      faultsInPath(span({ startNs: 500, durationNs: 1, port }), [paused], ports, ORIGIN_MS);
    expect(on('7302')).toEqual(['pause']);
    expect(on('7202')).toEqual(['pause']);
    expect(on('7203')).toEqual([]);
  });

  it('are none for a call past the proxies and for a span that is no call', () => {
    expect(inPath(span({ startNs: 1_500, durationNs: 1, port: '7103' }))).toEqual([]);
    expect(inPath(span({ startNs: 1_500, durationNs: 1, kind: 'Server' }))).toEqual([]);
  });
});
