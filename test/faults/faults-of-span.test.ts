import { describe, expect, it } from 'vitest';
import type { FaultWindow, Span } from '../../src/core/index.ts';
import {
  faultsOfCall,
  faultsOfSpan,
  TouchTable,
  type FaultPort,
  type FaultSpec,
  type FaultsSoFar,
  type OwnCall,
} from '../../src/faults/index.ts';
import type { ToxicSpec, Touches } from '../../src/toxics/index.ts';

const ORIGIN_MS = 1_790_000_000_000;
const MS = 1e6;
const TRACE = '691fab800000beef4bf92f3577b34da6';
const OWN = 'c000000000000001';
const OTHER_OWN = 'c000000000000002';
const SERVICES = '00f067aa0ba902b7';

const PORTS: readonly FaultPort[] = [
  { port: 7201, placeKind: 'proxy', place: 'front' },
  { port: 7203, placeKind: 'proxy', place: 'payment' },
  { port: 7103, placeKind: 'service', place: 'payment' },
];

function toxicFault(name: string, proxy: string, toxic: Partial<ToxicSpec> = {}): FaultSpec {
  const rest = { type: 'latency', stream: 'downstream', toxicity: 1, settings: {} } as const;
  return { name, proxy, toxic: { ...rest, ...toxic } };
}

const FRONT = toxicFault('front-slow', 'front');
const SOME = toxicFault('some-slow', 'payment', { toxicity: 0.3 });
const ALL = toxicFault('all-slow', 'payment');
const REFUSING = toxicFault('refusing', 'payment', { type: 'refuse' });
const FRONT_REFUSING = toxicFault('front-refusing', 'front', { type: 'refuse' });
const PAUSE: FaultSpec = {
  name: 'pause',
  process: { service: 'payment' },
  does: { kind: 'pause' },
  during: { phase: 'steady', fromNs: 0, durationNs: 1 },
};

/** All of them active from 100 to 200 ms. */
function faults(specs: readonly FaultSpec[], touches: Partial<Touches> = {}): FaultsSoFar {
  const table = new TouchTable();
  table.add({ requests: [], connections: [], lost: 0, ...touches });
  return {
    originEpochMs: ORIGIN_MS,
    windows: specs.map(({ name, proxy }) => windowOf(name, proxy)),
    ports: PORTS,
    specs,
    touches: table,
    isCallId: (spanId) => spanId.startsWith('c'),
  };
}

function windowOf(fault: string, proxy?: string): FaultWindow {
  return {
    fault,
    placeKind: proxy === undefined ? 'service' : 'proxy',
    place: proxy ?? 'payment',
    effect: 'latency',
    attributes: {},
    fromNs: 100 * MS,
    toNs: 200 * MS,
  };
}

function request(toxic: string, spanId: string, atMs = 120, proxy = 'payment') {
  return { proxy, toxic, traceId: TRACE, spanId, atEpochMs: ORIGIN_MS + atMs };
}

function connection(toxic: string, [fromMs, toMs]: [number, number], more = {}) {
  const times = { fromEpochMs: ORIGIN_MS + fromMs, toEpochMs: ORIGIN_MS + toMs };
  const ends = { isDown: false, isIdle: false };
  return { proxy: 'payment', toxic, clientPort: 40_001, ...times, ...ends, ...more };
}

function call(over: Partial<OwnCall> = {}): OwnCall {
  return {
    traceId: TRACE,
    spanId: OWN,
    targetPort: 7101,
    localPort: 40_001,
    intendedNs: 110 * MS,
    sentNs: 110 * MS,
    endNs: 150 * MS,
    hasFailed: false,
    ...over,
  };
}

function span(over: Partial<Span> = {}): Span {
  return {
    traceId: TRACE,
    spanId: SERVICES,
    parentSpanId: '',
    traceState: '',
    name: 'POST /api/charges',
    kind: 'Client',
    serviceName: 'orders',
    startEpochNs: BigInt(ORIGIN_MS + 110) * 1_000_000n,
    durationNs: 40_000_000n,
    status: 'Unset',
    statusMessage: '',
    resourceAttributes: {},
    attributes: { 'server.port': '7203' },
    scopeName: '',
    scopeVersion: '',
    events: [],
    links: [],
    ...over,
  };
}

describe('a call of the harness', () => {
  it('was touched by what touched its own request, and not by what was only active', () => {
    const known = faults([SOME, ALL], { requests: [request('some-slow', OWN, 110)] });
    expect(faultsOfCall(call(), known)).toEqual({
      touchedBy: ['some-slow'],
      active: ['some-slow', 'all-slow'],
    });
    const other = call({ traceId: '691fab800000beef0000000000000001' });
    expect(faultsOfCall(other, known).touchedBy).toEqual([]);
  });

  it('was touched by what touched a request of its trace while it was on the wire', () => {
    const deep = (atMs: number) =>
      faultsOfCall(call(), faults([SOME], { requests: [request('some-slow', SERVICES, atMs)] }));
    expect([109, 110, 150, 151].map((atMs) => deep(atMs).touchedBy.length)).toEqual([0, 1, 1, 0]);
  });

  it('was not touched by what touched another call of the same arrival', () => {
    const known = faults([SOME], { requests: [request('some-slow', OTHER_OWN)] });
    expect(faultsOfCall(call(), known).touchedBy).toEqual([]);
  });

  it('was touched by what acted on its connection, while it was on that', () => {
    const touched = (more: object, over: Partial<OwnCall> = {}): readonly string[] => {
      const connections = [connection('front-slow', [160, 170], { proxy: 'front', ...more })];
      const own = call({ targetPort: 7201, endNs: 165 * MS, ...over });
      return faultsOfCall(own, faults([FRONT], { connections })).touchedBy;
    };
    expect(touched({})).toEqual(['front-slow']);
    expect(touched({ clientPort: 40_002 })).toEqual([]);
    expect(touched({}, { endNs: 159 * MS })).toEqual([]);
    expect(touched({}, { sentNs: 171 * MS, endNs: 180 * MS })).toEqual([]);
    // The same port of ours may lead elsewhere at the same time.
    expect(touched({ proxy: 'payment' })).toEqual([]);
  });

  it('was touched by a toxic for all deep in the system where nobody can tell whose it was', () => {
    const connections = [connection('all-slow', [120, 130]), connection('some-slow', [120, 130])];
    const known = faults([ALL, SOME], { connections });
    expect(faultsOfCall(call(), known).touchedBy).toEqual(['all-slow']);
    expect(faultsOfCall(call({ sentNs: 131 * MS }), known).touchedBy).toEqual([]);
    const unsent = call({ sentNs: 125 * MS, endNs: 125 * MS, localPort: 0, hasFailed: true });
    expect(faultsOfCall(unsent, known).touchedBy).toEqual([]);
  });

  it('was touched by what acted on other connections where it failed for want of one', () => {
    const connections = [connection('front-slow', [112, 113], { proxy: 'front' })];
    const known = faults([toxicFault('front-slow', 'front', { toxicity: 0.3 })], { connections });
    const waited = call({ targetPort: 7201, localPort: 0, sentNs: 150 * MS });
    expect(faultsOfCall({ ...waited, hasFailed: true }, known).touchedBy).toEqual(['front-slow']);
    expect(faultsOfCall(waited, known).touchedBy).toEqual([]);
    const elsewhere = { ...waited, hasFailed: true, targetPort: 7101 };
    expect(faultsOfCall(elsewhere, known).touchedBy).toEqual([]);
  });

  it('was touched by all that was done to a process meanwhile', () => {
    expect(faultsOfCall(call(), faults([PAUSE])).touchedBy).toEqual(['pause']);
    expect(faultsOfCall(call({ intendedNs: 201 * MS }), faults([PAUSE])).active).toEqual([]);
  });

  it('was refused where it failed without a connection', () => {
    const front = faults([FRONT_REFUSING]);
    const unsent = call({ targetPort: 7201, localPort: 0, sentNs: 150 * MS });
    expect(faultsOfCall({ ...unsent, hasFailed: true }, front).touchedBy).toEqual([
      'front-refusing',
    ]);
    expect(faultsOfCall(call({ targetPort: 7201 }), front)).toEqual({
      touchedBy: [],
      active: ['front-refusing'],
    });
    expect(faultsOfCall(call(), faults([REFUSING])).touchedBy).toEqual(['refusing']);
  });
});

describe('a span of a service', () => {
  it('was touched by what touched the request that it sent', () => {
    const requests = [request('some-slow', SERVICES)];
    expect(faultsOfSpan(span(), faults([SOME, ALL], { requests }))).toEqual({
      touchedBy: ['some-slow'],
      active: ['some-slow', 'all-slow'],
    });
    const another = span({ spanId: '00f067aa0ba902b8' });
    expect(faultsOfSpan(another, faults([SOME], { requests }))).toEqual({
      touchedBy: [],
      active: ['some-slow'],
    });
  });

  it('is marked as well where it does not say where it called', () => {
    const known = faults([SOME], { requests: [request('some-slow', SERVICES)] });
    const server = span({ kind: 'Server', attributes: {} });
    expect(faultsOfSpan(server, known)).toEqual({
      touchedBy: ['some-slow'],
      active: ['some-slow'],
    });
  });

  it('was touched by a toxic for all that acted where no request can be read', () => {
    const connections = [connection('all-slow', [140, 145]), connection('some-slow', [140, 145])];
    const known = faults([ALL, SOME], { connections });
    expect(faultsOfSpan(span(), known).touchedBy).toEqual(['all-slow']);
    const earlier = span({ durationNs: 29_000_000n });
    expect(faultsOfSpan(earlier, known).touchedBy).toEqual([]);
    const elsewhere = span({ attributes: { 'server.port': '7201' } });
    expect(faultsOfSpan(elsewhere, known)).toEqual({ touchedBy: [], active: [] });
  });

  it('was refused where it failed, and met a process where it went there', () => {
    expect(faultsOfSpan(span(), faults([REFUSING])).touchedBy).toEqual([]);
    expect(faultsOfSpan(span({ status: 'Error' }), faults([REFUSING])).touchedBy).toEqual([
      'refusing',
    ]);
    const direct = span({ attributes: { 'server.port': '7103' } });
    expect(faultsOfSpan(direct, faults([PAUSE])).touchedBy).toEqual(['pause']);
  });
});
