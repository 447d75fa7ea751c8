import { afterAll, beforeAll, expect, test } from 'vitest';
import { epochNowMs, epochNsFromMs, type RunRecord, type Span } from '../../src/core/index.ts';
import { openLocalStore, openStore, type LocalStore, type Store } from '../../src/store/index.ts';
import { runRecord } from '../analyze/memory-source.ts';
import { freshStore, type FreshStore } from './local-store.ts';

let fresh: FreshStore;
let local: LocalStore;

const STARTED_MS = epochNowMs();
const RUN_ID = `${Math.floor(STARTED_MS / 1_000).toString(16)}7ab1e500`;
const TRACE_ID = `${RUN_ID}0000000000000001`;

beforeAll(async () => {
  fresh = await freshStore();
  local = await openLocalStore({ dir: fresh.dir });
});

afterAll(async () => {
  await local.release();
  await fresh.close();
});

test('spans are written to and read from JSON columns of a Collector', async () => {
  await madeBefore('json_columns', spanTable('JSON'));
  await expectRoundTrip('json_columns');
});

test('spans are written to and read from a table that takes no index and no column', async () => {
  await madeBefore('in_memory', spanTable('Map(LowCardinality(String), String)', 'Memory'));
  await expectRoundTrip('in_memory');
  const columns = await columnsOf('in_memory');
  expect(columns).not.toContain('RunId');
});

test('spans are written to and read from a Buffer before a table', async () => {
  await madeBefore('behind_buffer', spanTable('Map(LowCardinality(String), String)'));
  await madeBefore(
    'buffered',
    `CREATE TABLE otel_traces AS behind_buffer.otel_traces
     ENGINE = Buffer('behind_buffer', 'otel_traces', 1, 10, 100, 1000, 10000, 1000000, 10000000)`,
  );
  await expectRoundTrip('buffered');
});

test('a table of before 2024 is read with its kinds, and a negative Duration is invalid', async () => {
  const old = spanTable('Map(LowCardinality(String), String)').replace(
    'Duration UInt64',
    'Duration Int64',
  );
  await madeBefore('older', old);
  await fresh.store.connection.execute(
    `INSERT INTO older.otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode)
     VALUES (now64(9), '${TRACE_ID}', 'a', 'GET /', 'SPAN_KIND_CLIENT', 'shop', -5, 'STATUS_CODE_ERROR')`,
  );
  const store = await opened('older');
  expect(await store.source.trace(TRACE_ID)).toMatchObject([
    { kind: 'Client', status: 'Error', durationNs: -5n },
  ]);
  expect(await store.source.spanCounts(RUN_ID)).toEqual({ harness: 0, all: 1, invalid: 1 });
  await store.close();
});

test('a view is read, and nothing is made where a run would be written to it', async () => {
  await madeBefore('behind', spanTable('Map(LowCardinality(String), String)'));
  await madeBefore('viewed', 'CREATE VIEW otel_traces AS SELECT * FROM behind.otel_traces');
  await expect(opened('viewed')).rejects.toMatchObject({
    code: 'STORE_UNSUITABLE',
    message: expect.stringContaining('otel_traces has the engine View'),
  });
  expect(await tablesOf('viewed')).toEqual(['otel_traces']);
  const reader = await opened('viewed', 'read');
  expect(await reader.source.trace(TRACE_ID)).toEqual([]);
  await reader.close();
});

test('a view whose table is gone is told before anything is made', async () => {
  await madeBefore('gone', spanTable('Map(LowCardinality(String), String)'));
  await madeBefore('dangling', 'CREATE VIEW otel_traces AS SELECT * FROM gone.otel_traces');
  await fresh.store.connection.execute('DROP TABLE gone.otel_traces');
  await expect(opened('dangling', 'read')).rejects.toMatchObject({
    code: 'STORE_UNSUITABLE',
    message: expect.stringContaining('cannot be read'),
  });
  expect(await tablesOf('dangling')).toEqual(['otel_traces']);
});

test('a table of other columns is refused by name and type, and nothing is made', async () => {
  await madeBefore(
    'other',
    'CREATE TABLE otel_traces (Timestamp DateTime, TraceId UUID) ENGINE = MergeTree ORDER BY TraceId',
  );
  await expect(opened('other')).rejects.toMatchObject({
    code: 'STORE_UNSUITABLE',
    message: expect.stringMatching(
      /\/other: otel_traces\.Timestamp is DateTime; DateTime64\(9\) is wanted; .* is UUID; .* and \d+ more/u,
    ),
  });
  expect(await tablesOf('other')).toEqual(['otel_traces']);
});

test('a column of ours that the table lost is given to it again', async () => {
  await (await opened('lost')).close();
  await fresh.store.connection.execute('DROP TABLE lost.otel_traces');
  await madeBefore('lost', spanTable('Map(LowCardinality(String), String)'));
  await expectRoundTrip('lost');
  expect(await columnsOf('lost')).toContain('RunId');
});

test('client and server that share an id, and the new names of a peer, make edges', async () => {
  const store = await opened('edges');
  await store.sink.writeRun(run());
  const at = (
    n: number,
    serviceName: string,
    kind: Span['kind'],
    parent: number | undefined,
    attributes: Span['attributes'] = {},
  ): Span =>
    span(n, {
      serviceName,
      kind,
      attributes,
      parentSpanId: parent === undefined ? '' : idOf(parent),
    });
  await store.sink.writeSpans([
    at(1, 'front', 'Client', undefined, { 'service.peer.name': 'unused' }),
    at(1, 'stock', 'Server', undefined),
    at(2, 'stock', 'Client', 1, { 'server.address': 'pg.internal', 'service.peer.name': 'pg' }),
    at(3, 'stock', 'Client', 1, { 'network.peer.address': '10.0.0.7', 'network.peer.port': '53' }),
    at(4, 'stock', 'Client', 1, { 'service.peer.name': 'pg' }),
    { ...at(5, 'stock', 'Client', 1, { 'service.peer.name': 'late' }), durationNs: -7n },
  ]);
  const edges = await store.source.edges(RUN_ID, [{ fromNs: 0, toNs: 60e9 }]);
  expect(edges.map((e) => [e.caller, e.callee, e.seconds[0]?.ok.count])).toEqual([
    ['front', 'stock', [1]],
    ['stock', '10.0.0.7:53', [1]],
    ['stock', 'pg', [2]],
  ]);
  expect(await store.source.spanCounts(RUN_ID)).toEqual({ harness: 0, all: 6, invalid: 1 });
  expect(await store.source.trace(TRACE_ID)).toHaveLength(6);
  await store.close();
});

test('calls by a clock that is an hour off are in no edge, and counted', async () => {
  const store = await opened('clocks');
  const hourNs = 3_600_000_000_000n;
  await store.sink.writeRun({ ...run(), endedEpochMs: STARTED_MS + 60_000, status: 'complete' });
  const starts = [0n, -hourNs, hourNs, -500_000_000n, 90_000_000_000n];
  await store.sink.writeSpans(
    starts.map((ns, i) => span(i + 1, { startEpochNs: epochNsFromMs(STARTED_MS) + ns })),
  );
  const edges = await store.source.edges(RUN_ID, [{ fromNs: 0, toNs: 60e9 }]);
  expect(edges).toMatchObject([{ seconds: [{ ok: { count: [1] } }] }]);
  expect(await store.source.spanCounts(RUN_ID)).toMatchObject({ all: 5, invalid: 0, outside: 2 });
  await store.close();
});

/** Writes a call of the harness and what a service did for it, and reads both back. */
async function expectRoundTrip(database: string): Promise<void> {
  const store = await opened(database);
  await store.sink.writeRun(run());
  const spans = [
    span(1, {
      serviceName: 'callgauge',
      attributes: { 'callgauge.phase': 'steady', 'callgauge.response_ns': '5' },
    }),
    span(2, {
      parentSpanId: idOf(1),
      attributes: {
        'server.address': 'pay',
        'http.request.method': 'GET',
        day: '2026-01-02T03:04:05Z',
      },
      resourceAttributes: { 'service.name': 'shop', big: '9007199254740993' },
      events: [{ epochNs: 7n, name: 'e', attributes: { 'exception.type': 'E' } }],
      links: [{ traceId: 'a', spanId: 'b', traceState: '', attributes: { 'x.y': 'z' } }],
    }),
    span(3, {
      parentSpanId: idOf(1),
      status: 'Error',
      attributes: { 'server.address': 'pay', 'http.response.status_code': '503' },
    }),
  ];
  await store.sink.writeSpans(spans);
  expect(sorted(await store.source.trace(TRACE_ID))).toEqual(sorted(spans));
  const edges = await store.source.edges(RUN_ID, [{ fromNs: 0, toNs: 60e9 }]);
  expect(edges).toMatchObject([
    { caller: 'shop', callee: 'pay', seconds: [{ ok: { count: [1] } }], failed: 1 },
  ]);
  expect(await store.source.failedAttempts(RUN_ID, [{ fromNs: 0, toNs: 60e9 }])).toEqual([
    {
      caller: 'shop',
      callee: 'pay',
      operation: 'GET /',
      text: 'status 503',
      count: 1,
      traceIds: [TRACE_ID],
    },
  ]);
  expect(await store.source.spanCounts(RUN_ID)).toEqual({ harness: 1, all: 3, invalid: 0 });
  expect(await store.source.slowestCalls(RUN_ID, ['steady'], 5)).toHaveLength(1);
  await store.close();
}

function sorted(spans: readonly Span[]): readonly Span[] {
  return spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
}

function opened(database: string, access: 'read' | 'write' = 'write'): Promise<Store> {
  const url = local.url.replace('//', `//${local.username}:${local.password}@`);
  return openStore({ url: `${url}/${database}`, access });
}

/** Makes a database with one table, as another tool would have. */
async function madeBefore(database: string, statement: string): Promise<void> {
  await fresh.store.connection.execute(`CREATE DATABASE IF NOT EXISTS ${database}`);
  await fresh.store.connection.execute(
    statement.replace(/(TABLE|VIEW) otel_traces/u, `$1 ${database}.otel_traces`),
  );
}

async function tablesOf(database: string): Promise<readonly string[]> {
  const rows = await fresh.store.connection.select<{ name: string }>(
    'SELECT name FROM system.tables WHERE database = {database:String} ORDER BY name',
    { database },
  );
  return rows.map(({ name }) => name);
}

async function columnsOf(database: string): Promise<readonly string[]> {
  const rows = await fresh.store.connection.select<{ name: string }>(
    "SELECT name FROM system.columns WHERE database = {database:String} AND table = 'otel_traces'",
    { database },
  );
  return rows.map(({ name }) => name);
}

function spanTable(
  attributes: string,
  engine = 'MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, Timestamp)',
): string {
  return `CREATE TABLE otel_traces (
    Timestamp DateTime64(9), TraceId String, SpanId String, ParentSpanId String, TraceState String,
    SpanName LowCardinality(String), SpanKind LowCardinality(String),
    ServiceName LowCardinality(String), ResourceAttributes ${attributes}, ScopeName String,
    ScopeVersion String, SpanAttributes ${attributes}, Duration UInt64,
    StatusCode LowCardinality(String), StatusMessage String,
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes ${attributes}),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes ${attributes})
  ) ENGINE = ${engine}`;
}

function run(): RunRecord {
  return runRecord({
    runId: RUN_ID,
    startedEpochMs: STARTED_MS,
    endedEpochMs: 0,
    status: 'running',
    phases: [],
  });
}

function idOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}

function span(n: number, changes: Partial<Span>): Span {
  return {
    traceId: TRACE_ID,
    spanId: idOf(n),
    parentSpanId: '',
    traceState: '',
    name: 'GET /',
    kind: 'Client',
    serviceName: 'shop',
    startEpochNs: epochNsFromMs(STARTED_MS) + BigInt(n),
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
