import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import type { OperationSearch } from '../../src/spans/index.ts';
import { openSpans, type SpanReader } from '../../src/store/open-spans.ts';
import { FROM_EPOCH_NS, tangledTrace } from '../spans/generated-traces.ts';
import { freshStore, type FreshStore } from './local-store.ts';

const RUN_ID = '6afc5580deadbeef';
const SEC = 1_000_000_000n;
const SPANS = generated();

let fresh: FreshStore;
let reader: SpanReader;

beforeAll(async () => {
  fresh = await freshStore();
  await fresh.store.sink.writeSpans(SPANS);
  reader = await openSpans({ dir: fresh.dir });
});

afterAll(async () => {
  await reader?.close();
  await fresh?.close();
});

test.each<[string, OperationSearch, (span: Span) => boolean]>([
  ['of all spans', {}, () => true],
  [
    'of a time',
    { fromEpochNs: FROM_EPOCH_NS + 10n * SEC, toEpochNs: FROM_EPOCH_NS + 40n * SEC },
    ({ startEpochNs: at }) => at >= FROM_EPOCH_NS + 10n * SEC && at < FROM_EPOCH_NS + 40n * SEC,
  ],
  ['of a service', { serviceName: 'service-2' }, (span) => span.serviceName === 'service-2'],
  ['of a run', { runId: RUN_ID }, (span) => span.traceId.startsWith(RUN_ID)],
  ['of none', { serviceName: 'nobody' }, () => false],
])('operations are counted and timed: %s', async (_what, search, isWanted) => {
  const found = await reader.operations.operationsOf(search);
  const groups = Map.groupBy(SPANS.filter(isWanted), (span) =>
    JSON.stringify([span.serviceName, span.name, span.kind]),
  );
  expect(
    found.map((one) => JSON.stringify([one.serviceName, one.name, one.kind])).toSorted(),
  ).toEqual([...groups.keys()].toSorted());
  for (const one of found) {
    const own = groups.get(JSON.stringify([one.serviceName, one.name, one.kind])) ?? [];
    const timesNs = own
      .map((span) => Number(span.durationNs))
      .filter((ns) => ns >= 0)
      .toSorted((a, b) => a - b);
    expect(one.spanCount).toBe(own.length);
    expect(one.failedCount).toBe(own.filter(({ status }) => status === 'Error').length);
    expect(one.maxNs).toBe(timesNs.at(-1));
    const percentiles = [
      [0.5, one.p50Ns],
      [0.95, one.p95Ns],
      [0.99, one.p99Ns],
    ] as const;
    for (const [p, ns] of percentiles) {
      const isTold = timesNs.length * (1 - p) >= 1 - 1e-9;
      expect(ns).toBe(isTold ? timesNs[Math.floor(p * timesNs.length + 1e-9)] : undefined);
    }
  }
});

/** Traces a second apart, every third one of a run; some spans end before they start. */
function generated(): readonly Span[] {
  return Array.from({ length: 60 }, (_, n) => {
    const id = n.toString(16).padStart(16, '0');
    const spans = tangledTrace(n, `${n % 3 === 0 ? RUN_ID : '00000000000000aa'}${id}`);
    const unique = new Map(
      spans.map((span) => [`${span.spanId} ${span.kind} ${span.startEpochNs}`, span]),
    );
    return [...unique.values()].map((span) => ({
      ...span,
      startEpochNs: span.startEpochNs + BigInt(n) * SEC,
    }));
  }).flat();
}
