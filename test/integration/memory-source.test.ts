import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnalyzedSource } from '../../src/analyze/index.ts';
import {
  CLOCKS,
  epochNowMs,
  epochNsFromMs,
  NS_PER_MS,
  NS_PER_SEC,
  OUTCOMES,
  SPAN_KINDS,
  SPAN_STATUSES,
  type ConnectErrorSlice,
  type CounterSlice,
  type ErrorSlice,
  type FaultWindow,
  type HistogramSlice,
  type RunRecord,
  type Span,
} from '../../src/core/index.ts';
import { KeptRun } from '../../src/run/kept-run.ts';
import { newRunId, RunIds } from '../../src/trace/index.ts';
import { freshStore, type FreshStore } from './local-store.ts';

let fresh: FreshStore;

beforeAll(async () => {
  fresh = await freshStore();
});

afterAll(() => fresh.close());

const STARTED_MS = epochNowMs();
const DAY_NS = 86_400 * NS_PER_SEC;

const second = fc.nat(9);
const phase = fc.constantFrom('warm-up', 'steady');
const step = fc.constantFrom('buy', 'look', 'é');
const count = fc.integer({ min: 1, max: 100_000 });

const HISTOGRAM: fc.Arbitrary<HistogramSlice> = fc
  .record({
    second,
    phase,
    step,
    target: fc.constantFrom('shop', 'api'),
    outcome: fc.constantFrom(...OUTCOMES),
    clock: fc.constantFrom(...CLOCKS),
    values: fc.uniqueArray(fc.tuple(fc.nat(50), count), { selector: ([v]) => v, maxLength: 6 }),
  })
  .map(({ values, ...key }) => {
    const sorted = values.toSorted(([a], [b]) => a - b);
    return {
      ...key,
      valueNs: sorted.map(([v]) => v * NS_PER_MS),
      count: sorted.map(([, n]) => n),
    };
  });

const COUNTER: fc.Arbitrary<CounterSlice> = fc.record({
  second,
  phase,
  step: fc.constantFrom('', 'buy'),
  counter: fc.constantFrom('arrivals', 'dropped_arrivals', 'bytes_in', 'retries', 'status 302'),
  value: count,
});

const ERROR: fc.Arbitrary<ErrorSlice> = fc.record({
  second,
  phase,
  step,
  outcome: fc.constantFrom('status', 'timeout'),
  text: fc.constantFrom('status 503', 'ECONNRESET'),
  count,
});

const CONNECT_ERROR: fc.Arbitrary<ConnectErrorSlice> = fc.record({
  second,
  phase,
  target: fc.constantFrom('shop', 'api'),
  text: fc.constantFrom('ECONNREFUSED', 'connect timeout'),
  count,
});

const WINDOW: fc.Arbitrary<FaultWindow> = fc.record({
  fault: fc.constantFrom('slow', 'down'),
  placeKind: fc.constant('proxy'),
  place: fc.constantFrom('api', 'db'),
  effect: fc.constant('latency'),
  attributes: fc.constant({ latencyMs: '100' }),
  fromNs: fc.integer({ min: 0, max: 3 }).map((sec) => sec * NS_PER_SEC),
  toNs: fc.constantFrom(4 * NS_PER_SEC, 5 * NS_PER_SEC, Infinity),
});

/** What a span is, without its ids. */
const SPAN = fc.record({
  trace: fc.nat(15),
  parent: fc.option(fc.nat(199)),
  /** A server that goes on with the span of its client. */
  sharesId: fc.boolean(),
  isDelivered: fc.integer({ min: 1, max: 2 }),
  kind: fc.constantFrom(...SPAN_KINDS),
  serviceName: fc.constantFrom('callgauge', 'callgauge', 'orders', 'payment', 'stock'),
  name: fc.constantFrom('buy', 'POST /pay'),
  status: fc.constantFrom(...SPAN_STATUSES),
  statusMessage: fc.constantFrom('', ' read timeout', 'broken\npipe', 'aborted', '€'.repeat(250)),
  atNs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 10 * NS_PER_SEC }) },
    fc.constantFrom(-DAY_NS - NS_PER_SEC, -2 * NS_PER_SEC, -NS_PER_SEC / 2, 200 * NS_PER_SEC),
  ),
  durationNs: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: NS_PER_SEC }) },
    fc.constantFrom(-1, -NS_PER_SEC),
  ),
  attributes: fc.record(
    {
      'callgauge.phase': phase,
      'callgauge.step': step,
      'callgauge.outcome': fc.constantFrom('ok', 'status', 'timeout', 'check'),
      'callgauge.reason': fc.constantFrom('status 503', ''),
      'callgauge.response_ns': fc.integer({ min: 0, max: 2 * NS_PER_SEC }).map(String),
      'callgauge.fault': fc.constant('slow'),
      'callgauge.kept': fc.constantFrom('head', 'trace'),
      'error.type': fc.constantFrom('Error', '_OTHER', '503', 'ECONNREFUSED', 'TimeoutError', ''),
      'http.response.status_code': fc.constantFrom('200', '404', '500'),
      'http.status_code': fc.constantFrom('503', ''),
      'rpc.grpc.status_code': fc.constantFrom('0', '5', '14', '99'),
      'rpc.response.status_code': fc.constantFrom('OK', 'NOT_FOUND'),
      'server.address': fc.constantFrom('10.0.0.7', 'pay.internal', ''),
      'server.port': fc.constantFrom('80', ''),
      'net.peer.name': fc.constant('old-name'),
      'net.peer.port': fc.constant('8080'),
      'peer.service': fc.constantFrom('bank', ''),
      other: fc.constant('is not read'),
    },
    { requiredKeys: [] },
  ),
});

function runOf(runId: string): RunRecord {
  return {
    runId,
    scenario: 'any',
    startedEpochMs: STARTED_MS,
    endedEpochMs: STARTED_MS + 10_000.25,
    status: 'complete',
    seed: 1,
    phases: [
      { name: 'warm-up', fromNs: 0, toNs: NS_PER_SEC, model: 'open', measured: false },
      { name: 'steady', fromNs: NS_PER_SEC, toNs: 10 * NS_PER_SEC, model: 'open', measured: true },
    ],
    source: 'name: any\n',
    plan: '{}',
    verdict: '',
    harnessVersion: '0.1.0',
    environment: { node: 'v24' },
  };
}

/** Returns spans of one run, with ids of which some are of its calls, and some twice. */
function spansOf(
  run: RunRecord,
  made: readonly (typeof SPAN extends fc.Arbitrary<infer T> ? T : never)[],
): readonly Span[] {
  const ids = new RunIds(run.runId);
  const spanId = (n: number): string =>
    n % 3 === 0 ? ids.spanId(n) : (n + 1).toString(16).padStart(16, '0');
  return made.flatMap(({ trace, parent, sharesId, isDelivered, atNs, ...rest }, n) => {
    const parentSpanId = parent === null ? '' : spanId(parent);
    const isShared = sharesId && rest.kind === 'Server' && parent !== null;
    const span: Span = {
      ...rest,
      traceId: ids.traceId(trace),
      spanId: isShared ? spanId(parent) : spanId(n),
      parentSpanId: isShared ? '' : parentSpanId,
      traceState: '',
      startEpochNs: epochNsFromMs(run.startedEpochMs) + BigInt(Math.round(atNs)),
      durationNs: BigInt(Math.round(rest.durationNs)),
      attributes: Object.fromEntries(
        Object.entries(rest.attributes).map(([name, value]) => [name, value ?? '']),
      ),
      resourceAttributes: { a: 'b' },
      scopeName: 'tests',
      scopeVersion: '',
      events: [],
      links: [],
    };
    return Array.from({ length: isDelivered }, () => span);
  });
}

const RANGES = [
  { fromNs: -NS_PER_SEC, toNs: 2 * NS_PER_SEC },
  { fromNs: 4 * NS_PER_SEC, toNs: 9.5 * NS_PER_SEC },
];

/** Everything that an analysis asks for; of a slow call what it reads. */
async function answers(source: AnalyzedSource, runId: string): Promise<unknown> {
  const slowest = await source.slowestCalls(runId, ['steady'], 5);
  return {
    run: await source.run(runId),
    series: await source.series(runId),
    seconds: await source.seconds(runId, ['response', 'lag']),
    counters: await source.counters(runId),
    counterSeconds: await source.counterSeconds(runId, ['bytes_in', 'retries']),
    arrivals: await source.arrivals(runId),
    errors: await source.errors(runId),
    connectErrors: await source.connectErrors(runId),
    windows: await source.faultWindows(runId),
    edges: await source.edges(runId, RANGES),
    failed: await source.failedAttempts(runId, RANGES),
    examples: await source.failureExamples(runId, ['steady', 'warm-up']),
    spans: await source.spanCounts(runId),
    served: await source.servedCalls(runId),
    slowest: slowest.map(({ traceId, spanId, name, startEpochNs, durationNs, attributes }) => ({
      traceId,
      spanId,
      name,
      startEpochNs,
      durationNs,
      phase: attributes['callgauge.phase'],
      step: attributes['callgauge.step'],
      outcome: attributes['callgauge.outcome'],
      response: attributes['callgauge.response_ns'],
      fault: attributes['callgauge.fault'],
    })),
  };
}

const RUN = fc.record({
  spans: fc.array(SPAN, { minLength: 60, maxLength: 200 }),
  histograms: fc.array(HISTOGRAM, { maxLength: 60 }),
  counters: fc.array(COUNTER, { maxLength: 30 }),
  errors: fc.array(ERROR, { maxLength: 20 }),
  connectErrors: fc.array(CONNECT_ERROR, { maxLength: 20 }),
  windows: fc.uniqueArray(WINDOW, {
    maxLength: 5,
    selector: (w) => JSON.stringify([w.fault, w.place, w.placeKind, w.fromNs, w.toNs]),
  }),
});

// Samples in place of a property: a counterexample of 200 spans tells nobody anything.
test.each([1, 2])('a run in memory answers as the store does, to the digit: %i', async (seed) => {
  const [made] = fc.sample(RUN, { seed, numRuns: 1 });
  if (!made) throw new Error('unreachable: one was asked for');
  const run = runOf(newRunId(STARTED_MS, seed));
  const kept = new KeptRun(fresh.store.sink, run.runId);
  await Promise.all([
    kept.writeRun(run),
    kept.writeSpans(spansOf(run, made.spans)),
    kept.writeHistograms(run.runId, made.histograms),
    kept.writeCounters(run.runId, made.counters),
    kept.writeErrors(run.runId, made.errors),
    kept.writeConnectErrors(run.runId, made.connectErrors),
    kept.writeFaultWindows(run.runId, made.windows),
  ]);
  const memory = await kept.source();
  if (!memory) throw new Error('unreachable: the run was written');
  expect(await answers(memory, run.runId)).toEqual(await answers(fresh.store.source, run.runId));
});
