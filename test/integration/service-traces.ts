import { NS_PER_MS, type Span } from '../../src/core/index.ts';
import { findParents } from '../../src/spans/span-parents.ts';
import { span } from '../report/sample-runs.ts';
import { FROM_EPOCH_NS, tangledTrace, timedTrace } from '../spans/generated-traces.ts';

export const RUN_ID = '6afc5580deadbeef';
const SEC = 1_000_000_000n;

/** Every third trace is one of the run. */
export function traceId(n: number): string {
  return `${n % 3 === 0 ? RUN_ID : '00000000000000aa'}${n.toString(16).padStart(16, '0')}`;
}

/** Traces of all sorts, each 200 ms after the one before; every third is one of a run. */
export function tracesOfAllSorts(): readonly Span[] {
  return Array.from({ length: 590 }, (_, n) => {
    const make = n % 2 === 0 ? timedTrace : tangledTrace;
    const spans = make(n, traceId(n));
    if (make === tangledTrace && isAmbiguous(spans)) return [];
    return spans.map((each) => ({
      ...each,
      startEpochNs: each.startEpochNs + BigInt(n) * (SEC / 5n),
    }));
  }).flat();
}

/**
 * Whether spans are above themselves, which no two readers cut at the same place; or which of two
 * that are alike is the one that counts cannot be told.
 */
function isAmbiguous(spans: readonly Span[]): boolean {
  const alike = spans.map(({ spanId, kind, serviceName, startEpochNs, durationNs }) =>
    [spanId, kind, serviceName, startEpochNs, durationNs].join(),
  );
  if (new Set(alike).size < alike.length) return true;
  const { spans: placed, parentOf } = findParents(spans);
  return placed.some((each) => {
    const seen = new Set<Span>();
    let above: Span | undefined = each;
    for (; above !== undefined && !seen.has(above); above = parentOf(above)) seen.add(above);
    return above !== undefined;
  });
}

/** Servers that go on with the spans of their clients, as Zipkin and Envoy let them. */
export function tracesOfSharedIds(): readonly Span[] {
  return Array.from({ length: 120 }, (_, n) => {
    const base = {
      traceId: traceId(10_000 + n),
      startEpochNs: FROM_EPOCH_NS + BigInt(n) * (SEC / 2n) + 30n * SEC,
      durationNs: BigInt(n + 1) * 1_000_000n,
    };
    const root = { ...base, spanId: id(1), parentSpanId: '', serviceName: 'front', name: 'page' };
    const call = { ...base, spanId: id(2), parentSpanId: id(1), name: 'stock' };
    return [
      span({ ...root, kind: 'Server', status: n % 40 === 0 ? 'Error' : 'Unset' }),
      span({ ...call, kind: 'Client', serviceName: 'front', startEpochNs: base.startEpochNs + 1n }),
      span({ ...call, kind: 'Server', serviceName: 'stock', startEpochNs: base.startEpochNs + 2n }),
      span({
        ...base,
        spanId: id(3),
        parentSpanId: id(2),
        kind: 'Client',
        serviceName: 'stock',
        name: 'SELECT',
        startEpochNs: base.startEpochNs + 3n,
        attributes: { 'db.namespace': n % 2 === 0 ? 'stock-db' : '', 'server.address': 'db-1' },
      }),
    ];
  }).flat();
}

/** Traces of all sorts, some of which stand for others that were not stored, by `th` of `ot`. */
export function sampledTraces(laterMs: number): readonly Span[] {
  const states = ['', 'ot=th:8', 'ot=th:f3333', 'vendor=a,ot=rv:1f2e3d4c5b6a79;th:c'];
  return tracesOfAllSorts().map((each) => {
    const n = Number.parseInt(each.traceId.slice(16), 16);
    return {
      ...each,
      traceId: traceId(30_000 + n),
      traceState: states[n % states.length] ?? '',
      startEpochNs: each.startEpochNs + BigInt(laterMs) * BigInt(NS_PER_MS),
    };
  });
}

/** More traces than are read, of one call each. */
export function manyTraces(fromMs: number, count: number): readonly Span[] {
  return Array.from({ length: count }, (_, n) =>
    span({
      traceId: traceId(20_000 + n),
      spanId: id(1),
      parentSpanId: '',
      kind: 'Client',
      serviceName: `caller-${n % 7}`,
      name: 'call',
      status: n % 11 === 0 ? 'Error' : 'Unset',
      startEpochNs: BigInt(fromMs) * BigInt(NS_PER_MS) + BigInt(n) * 10_000_000n,
      durationNs: BigInt(1_000 + ((n * n) % 977) * 1_000),
      attributes: { 'peer.service': 'callee' },
    }),
  );
}

function id(n: number): string {
  return n.toString(16).padStart(16, '0');
}
