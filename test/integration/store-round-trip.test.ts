import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  epochNowMs,
  epochNsFromMs,
  NS_PER_MS,
  NS_PER_SEC,
  type HistogramSlice,
  type RunRecord,
  type Span,
} from '../../src/core/index.ts';
import {
  ClickHouseSink,
  type ClickHouseSource,
  type StoreConnection,
} from '../../src/store/index.ts';
import { RunIds } from '../../src/trace/index.ts';
import { ByteWriter, column, encodeBlock, uint32 } from '../../src/native/index.ts';
import { arbitrarySpan } from '../arbitrary-span.ts';
import { freshStore, type FreshStore } from './local-store.ts';

let fresh: FreshStore;
let sink: ClickHouseSink;
let source: ClickHouseSource;
let connection: StoreConnection;

beforeAll(async () => {
  fresh = await freshStore();
  ({ sink, source, connection } = fresh.store);
});

afterAll(() => fresh.close());

const startedEpochMs = Math.floor(epochNowMs()) + 0.125;
const startEpochNs = epochNsFromMs(startedEpochMs);
let runs = 0;

/** Returns the id of another run that starts at {@link startedEpochMs}. */
function newRunId(): string {
  const second = Math.floor(startedEpochMs / 1_000).toString(16);
  return `${second.padStart(8, '0')}${(++runs).toString(16).padStart(8, '0')}`;
}

function runRecord(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: newRunId(),
    scenario: 'checkout',
    startedEpochMs,
    endedEpochMs: 0,
    status: 'running',
    seed: Number.MAX_SAFE_INTEGER,
    phases: [
      { name: 'warm-up', fromNs: 0, toNs: 5 * NS_PER_SEC, model: 'open', measured: false },
      {
        name: 'steady',
        fromNs: 5 * NS_PER_SEC,
        toNs: 35 * NS_PER_SEC,
        model: 'open',
        measured: true,
      },
    ],
    source: 'name: checkout # it’s "quoted"\n',
    plan: '{"version":1,"targets":[{"name":"it’s \\"quoted\\""}]}',
    verdict: 'passed',
    harnessVersion: '0.1.0',
    environment: { node: 'v24', 'cpu model': 'x' },
    ...changes,
  };
}

function span(changes: Partial<Span> & Pick<Span, 'traceId' | 'spanId'>): Span {
  return {
    parentSpanId: '',
    traceState: '',
    name: 'GET /',
    kind: 'Client',
    serviceName: 'orders',
    startEpochNs,
    durationNs: 1_000_000n,
    status: 'Unset',
    statusMessage: '',
    resourceAttributes: {},
    attributes: {},
    scopeName: '',
    scopeVersion: '',
    events: [],
    links: [],
    ...changes,
  };
}

describe('what is written is read back', () => {
  test('a run, and what it became', async () => {
    const run = runRecord();
    await sink.writeRun(run);
    expect(await source.run(run.runId)).toEqual(run);
    const ended: RunRecord = { ...run, status: 'complete', endedEpochMs: startedEpochMs + 35_000 };
    await sink.writeRun(ended);
    expect(await source.run(run.runId)).toEqual(ended);
    expect(await source.run('0000000000000000')).toBeUndefined();
  });

  test('the newest run is the latest, and the list is bounded', async () => {
    const later = runRecord({ startedEpochMs: startedEpochMs + 1_000 });
    await sink.writeRun(later);
    await sink.writeRun(runRecord());
    expect(await source.run('latest')).toEqual(later);
    expect(await source.runs(1)).toEqual([later]);
    expect((await source.runs(100)).length).toBeGreaterThan(1);
  });

  test('histograms, per second and merged over seconds and parts', async () => {
    const { runId } = runRecord();
    const key = {
      phase: 'steady',
      step: 's',
      target: 't',
      outcome: 'ok',
      clock: 'response',
    } as const;
    const slices: HistogramSlice[] = [
      { ...key, second: 1, valueNs: [1_000, 3_000_000_000_000], count: [1, 2] },
      { ...key, second: 0, valueNs: [500], count: [7] },
      { ...key, second: 0, valueNs: [500, 1_000], count: [1, 1] },
      { ...key, clock: 'lag', second: 0, valueNs: [0], count: [3] },
    ];
    await Promise.all(slices.map((slice) => sink.writeHistograms(runId, [slice])));
    expect(await source.series(runId)).toEqual([
      { ...key, clock: 'lag', valueNs: [0], count: [3] },
      { ...key, valueNs: [500, 1_000, 3_000_000_000_000], count: [8, 2, 2] },
    ]);
    // Without the values of clocks that were not asked for.
    expect(await source.seconds(runId, ['response', 'service'])).toEqual([
      { ...key, clock: 'lag', second: 0, valueNs: [], count: [] },
      { ...key, second: 0, valueNs: [500, 1_000], count: [8, 1] },
      { ...key, second: 1, valueNs: [1_000, 3_000_000_000_000], count: [1, 2] },
    ]);
    const [time] = await connection.select<{ at: string }>(
      `SELECT toString(max(toUnixTimestamp(Time))) AS at FROM callgauge_histograms WHERE RunId = {runId:String}`,
      { runId },
    );
    expect(time?.at).toBe(String(Math.floor(startedEpochMs / 1_000) + 1));
  });

  test('counters add up', async () => {
    const { runId } = runRecord();
    const counter = { phase: 'steady', step: '', counter: 'arrivals' } as const;
    await sink.writeCounters(runId, [
      { ...counter, second: 0, value: 400 },
      { ...counter, second: 1, value: 2 ** 40 },
      { ...counter, second: 1, counter: 'dropped_arrivals', value: 1 },
    ]);
    expect(await source.counters(runId)).toEqual([
      { ...counter, second: 0, value: 2 ** 40 + 400 },
      { ...counter, second: 0, counter: 'dropped_arrivals', value: 1 },
    ]);
  });

  test('why calls failed adds up', async () => {
    const { runId } = runRecord();
    const failed = { phase: 'steady', step: 'pay', outcome: 'check' } as const;
    const text = 'check json $.ok: is not "it’s"';
    await sink.writeErrors(runId, [
      { ...failed, second: 0, text, count: 3 },
      { ...failed, second: 4, text, count: 4 },
      { ...failed, second: 4, outcome: 'status', text: 'status 503', count: 1 },
    ]);
    expect(await source.errors(runId)).toEqual([
      { ...failed, second: 0, text, count: 7 },
      { ...failed, second: 0, outcome: 'status', text: 'status 503', count: 1 },
    ]);
  });

  test('fault windows in the order of their begin', async () => {
    const run = runRecord();
    await sink.writeRun(run);
    const window = {
      fault: 'payment-stall',
      placeKind: 'proxy' as const,
      place: 'payment',
      effect: 'latency',
      attributes: { latency: '250ms' },
      fromNs: 10 * NS_PER_SEC,
      toNs: 15 * NS_PER_SEC,
    };
    const earlier = { ...window, fault: 'reset', fromNs: 1, toNs: 2 };
    await sink.writeFaultWindows(run.runId, [window, earlier]);
    expect(await source.faultWindows(run.runId)).toEqual([earlier, window]);
    const open = { ...window, fault: 'crash', fromNs: 20 * NS_PER_SEC, toNs: Infinity };
    await sink.writeFaultWindows(run.runId, [open]);
    expect((await source.faultWindows(run.runId)).at(-1)).toEqual(open);
    const closed = { ...open, attributes: { startUpNs: '7' }, toNs: 22 * NS_PER_SEC };
    await sink.writeFaultWindows(run.runId, [closed]);
    expect(await source.faultWindows(run.runId)).toEqual([earlier, window, closed]);
    const [at] = await connection.select<{ ns: string }>(
      `SELECT toString(toUnixTimestamp64Nano(min(StartedAt))) AS ns FROM callgauge_fault_windows WHERE RunId = {runId:String}`,
      { runId: run.runId },
    );
    expect(BigInt(at?.ns ?? 0)).toBe(startEpochNs + 1n);
  });

  test('spans of any contents, each by its trace', async () => {
    const spans = fc.sample(arbitrarySpan(startEpochNs), { numRuns: 200, seed: 7 });
    await sink.writeSpans(spans);
    for (const original of spans.slice(0, 60)) {
      expect(await source.trace(original.traceId)).toEqual([original]);
    }
    expect(await source.trace('f'.repeat(32))).toEqual([]);
  });

  test('a span of an implausible time is left out and counted, the others are stored', async () => {
    const runId = newRunId();
    const before = sink.quarantinedSpans;
    const trace = (last: string): string => `${runId}${last.padStart(16, '0')}`;
    await sink.writeSpans([
      span({ traceId: trace('1'), spanId: '1'.repeat(16) }),
      span({ traceId: trace('2'), spanId: '2'.repeat(16), startEpochNs: 0n }),
      span({ traceId: trace('3'), spanId: '3'.repeat(16), startEpochNs: 2n ** 64n }),
    ]);
    expect(sink.quarantinedSpans - before).toBe(2);
    expect(await source.spanCounts(runId)).toEqual({ harness: 0, all: 1, invalid: 0 });
  });

  test('spans spread over all days that are taken go in one batch', async () => {
    const runId = newRunId();
    const dayNs = 86_400_000_000_000n;
    // 100 days around now, and 30 in other years.
    const spans = Array.from({ length: 130 }, (_, index) =>
      span({
        traceId: `${runId}${String(index).padStart(16, '0')}`,
        spanId: String(index).padStart(16, '0'),
        startEpochNs: startEpochNs + (BigInt(index < 100 ? index : 100 * index) - 50n) * dayNs,
      }),
    );
    await new ClickHouseSink(connection).writeSpans(spans);
    expect(await source.spanCounts(runId)).toEqual({ harness: 0, all: 130, invalid: 0 });
  });

  test('the calls beside which the span of a server lies', async () => {
    const run = runRecord();
    await sink.writeRun(run);
    const ids = new RunIds(run.runId);
    const second = 1_000_000_000n;
    const call = (seq: number, outcome: string, kept = true): readonly Span[] =>
      kept
        ? [
            span({
              traceId: ids.traceId(seq),
              spanId: ids.spanId(seq),
              serviceName: 'callgauge',
              startEpochNs: startEpochNs + BigInt(seq) * second,
              attributes: { 'callgauge.step': 'buy', 'callgauge.outcome': outcome },
            }),
          ]
        : [];
    const server = (seq: number, own: string, parentSpanId = ids.spanId(seq)): Span =>
      span({
        traceId: ids.traceId(seq),
        spanId: own.repeat(16),
        parentSpanId,
        kind: 'Server',
        serviceName: 'orders',
        startEpochNs: startEpochNs + BigInt(seq) * second + 1n,
      });
    const spans = [
      ...call(0, 'ok'),
      server(0, 'a'),
      // One further in, which is of no call.
      server(0, 'b', 'a'.repeat(16)),
      ...call(1, 'check'),
      ...call(2, 'timeout'),
      server(2, 'c'),
      ...call(3, 'ok', false),
      server(3, 'd'),
      // In Zipkin's manner, with the call's own id.
      ...call(4, 'status'),
      { ...server(4, 'e', ''), spanId: ids.spanId(4) },
    ];
    await sink.writeSpans(spans);
    await sink.writeSpans(spans);
    expect(await source.servedCalls(run.runId)).toEqual({
      calls: 4,
      kept: [
        { step: 'buy', second: 0, calls: 1, seen: 1 },
        { step: 'buy', second: 1, calls: 1, seen: 0 },
        { step: 'buy', second: 4, calls: 1, seen: 1 },
      ],
    });
    expect(await source.servedCalls(newRunId())).toEqual({ calls: 0, kept: [] });
  });

  test('a repeated insert counts once', async () => {
    const block = { table: 'more_once', columns: ['a'] };
    await connection.execute(
      'CREATE TABLE IF NOT EXISTS more_once (a UInt32) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 10',
    );
    const bytes = encodeBlock(
      new ByteWriter(16),
      [column('a', uint32, (value: number) => value)],
      [1, 2, 3],
    );
    for (const token of ['one', 'one', 'two']) {
      await connection.insertFrame({ ...block, token, rows: 1, blocks: [bytes] });
    }
    const [row] = await connection.select<{ n: number }>('SELECT count() AS n FROM more_once');
    expect(row?.n).toBe(6);
  });
});

describe('edges and slow calls', () => {
  test('attempts are put to the service that answered, or that answers there else', async () => {
    const run = runRecord();
    await sink.writeRun(run);
    const at = { 'server.address': '127.0.0.1', 'server.port': '7203' };
    const traces = Array.from(
      { length: 5 },
      (_, n) => `${run.runId}${String(n).padStart(16, '0')}`,
    );
    const [ok1 = '', ok2 = '', failed = '', late = '', stranger = ''] = traces;
    const call = (traceId: string, more: Partial<Span> = {}): Span =>
      span({
        traceId,
        spanId: '00000000000000aa',
        parentSpanId: '0000000000000001',
        name: 'POST /api/charges',
        attributes: at,
        startEpochNs: startEpochNs + 6_000_000_000n,
        durationNs: 5_000_000n,
        ...more,
      });
    const answer = (traceId: string): Span =>
      call(traceId, {
        spanId: '00000000000000bb',
        parentSpanId: '00000000000000aa',
        kind: 'Server',
        serviceName: 'payment',
        attributes: {},
      });
    const spans = [
      call(ok1),
      answer(ok1),
      call(ok2, { durationNs: 7_000_000n }),
      answer(ok2),
      call(failed, { status: 'Error' }),
      call(late, { startEpochNs: startEpochNs + 40_000_000_000n }),
      call(stranger, { name: 'GET /x', attributes: { 'server.address': 'api.example' } }),
      call(stranger, { spanId: '00000000000000cc', serviceName: 'callgauge' }),
    ];
    await sink.writeSpans(spans);
    // The same spans once more, as an exporter that got no answer sends them.
    await sink.writeSpans(spans);
    const steady = [{ fromNs: 5 * NS_PER_SEC, toNs: 35 * NS_PER_SEC }];
    const none = { valueNs: [], count: [] };
    expect(await source.edges(run.runId, steady)).toEqual([
      {
        caller: 'orders',
        callee: 'api.example',
        operation: 'GET /x',
        seconds: [{ second: 6, ok: { valueNs: [5_000_000], count: [1] }, cutOff: none }],
        failed: 0,
      },
      {
        caller: 'orders',
        callee: 'payment',
        operation: 'POST /api/charges',
        seconds: [
          { second: 6, ok: { valueNs: [5_000_000, 7_000_000], count: [1, 1] }, cutOff: none },
        ],
        failed: 1,
      },
    ]);
    expect(await source.edges(run.runId, [])).toEqual([]);
    expect(await source.edges(newRunId(), steady)).toEqual([]);
  });

  test('the slowest calls are those whose response took longest, in the ranges only', async () => {
    const run = runRecord();
    await sink.writeRun(run);
    const call = (n: number, responseMs: number, startSec: number): Span =>
      span({
        traceId: `${run.runId}${String(n).padStart(16, '0')}`,
        spanId: String(n).padStart(16, '0'),
        serviceName: 'callgauge',
        startEpochNs: startEpochNs + BigInt(startSec) * 1_000_000_000n,
        attributes: {
          'callgauge.response_ns': String(responseMs * NS_PER_MS),
          'callgauge.phase': startSec < 5 ? 'warm-up' : 'steady',
        },
      });
    await sink.writeSpans([call(1, 20, 6), call(2, 900, 6), call(3, 100, 7), call(4, 5_000, 1)]);
    // One that outlasts its phase, and whose delivery was not acknowledged the first time.
    await sink.writeSpans([call(5, 9_000, 40)]);
    await sink.writeSpans([call(5, 9_000, 40)]);
    const slowest = await source.slowestCalls(run.runId, ['steady'], 3);
    expect(slowest).toEqual([call(5, 9_000, 40), call(2, 900, 6), call(3, 100, 7)]);
    expect(await source.spanCounts(run.runId)).toEqual({ harness: 5, all: 5, invalid: 0 });
  });
});
