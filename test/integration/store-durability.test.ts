import { afterEach, beforeEach, expect, test } from 'vitest';
import { epochNowMs, epochNsFromMs, NS_PER_MS, sleep, systemClock } from '../../src/core/index.ts';
import type { Span } from '../../src/core/index.ts';
import { ClickHouseSink, openStore, serverStatus } from '../../src/store/index.ts';
import { freshFolder } from './local-store.ts';

const clock = systemClock();
const WRITES = 400;
const SPANS_PER_WRITE = 250;

let folder = freshFolder();

beforeEach(() => {
  folder = freshFolder();
});

afterEach(() => folder.remove());

function spanOf(runId: string, write: number, index: number): Span {
  return {
    traceId: `${runId}${String(write * SPANS_PER_WRITE + index).padStart(16, '0')}`,
    spanId: String(index).padStart(16, '0'),
    parentSpanId: '',
    traceState: '',
    name: 'GET /api/orders',
    kind: 'Client',
    serviceName: 'callgauge',
    startEpochNs: epochNsFromMs(epochNowMs()),
    durationNs: 1_000_000n,
    status: 'Unset',
    statusMessage: '',
    resourceAttributes: {},
    attributes: { 'callgauge.seq': String(write) },
    scopeName: 'callgauge',
    scopeVersion: '',
    events: [],
    links: [],
  };
}

test('kill -9 of the server during inserts loses nothing that was acknowledged', async () => {
  const runId = '6a00000000000001';
  const store = await openStore({ dir: folder.dir });
  const sink = new ClickHouseSink(store.connection, { clock, retryDelaysNs: [] });
  const status = await serverStatus({ dir: folder.dir });
  const acknowledged = new Set<number>();
  let refused = 0;
  const writing: Promise<void>[] = [];
  /** Writes still to come once the server was killed, which is when some are acknowledged. */
  let left = Infinity;
  for (let write = 0; left > 0; write++, left--) {
    const spans = Array.from({ length: SPANS_PER_WRITE }, (_, i) => spanOf(runId, write, i));
    writing.push(
      sink.writeSpans(spans).then(
        () => void acknowledged.add(write),
        () => void (refused += 1),
      ),
    );
    await sleep(clock, 2 * NS_PER_MS);
    if (left < Infinity || write < WRITES / 2 || acknowledged.size === 0) continue;
    if (status.running) process.kill(status.pid, 'SIGKILL');
    left = WRITES / 2;
  }
  await Promise.all(writing);
  await store.close();
  expect(acknowledged.size).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);

  const again = await openStore({ dir: folder.dir });
  const rows = await again.connection.select<{ Write: number; Spans: number }>(
    `SELECT toUInt32(SpanAttributes['callgauge.seq']) AS Write, count() AS Spans
     FROM otel_traces WHERE RunId = {runId:String} GROUP BY Write`,
    { runId },
  );
  const stored = new Map(rows.map((row) => [row.Write, row.Spans]));
  for (const write of acknowledged)
    expect(stored.get(write), `write ${write}`).toBe(SPANS_PER_WRITE);
  // Nothing was stored twice or by half either.
  for (const spans of stored.values()) expect(spans).toBe(SPANS_PER_WRITE);
  await again.close();
});

test('a local server that died is started again, and takes what was written meanwhile', async () => {
  const runId = '6a00000000000003';
  const notices: string[] = [];
  const store = await openStore({ dir: folder.dir, onNotice: (text) => notices.push(text) });
  const status = await serverStatus({ dir: folder.dir });
  if (status.running) process.kill(status.pid, 'SIGKILL');
  await store.sink.writeSpans([spanOf(runId, 0, 1)]);
  // A start that takes seconds is bridged by the spool.
  await store.sink.inStore();
  expect(await store.source.spanCounts(runId)).toEqual({ harness: 1, all: 1, invalid: 0 });
  expect(notices).toContain('the local store was gone and has been started again');
  await store.close();
  expect((await serverStatus({ dir: folder.dir })).running).toBe(false);
});

test('what does not fit in the buffer is refused at once, and the rest is stored', async () => {
  const runId = '6a00000000000002';
  const store = await openStore({ dir: folder.dir });
  const sink = new ClickHouseSink(store.connection, { clock, rowsMax: 1_000 });
  const spans = (write: number): Span[] =>
    Array.from({ length: SPANS_PER_WRITE }, (_, index) => spanOf(runId, write, index));
  const writes = Array.from({ length: 6 }, (_, write) => sink.writeSpans(spans(write)));
  const results = await Promise.allSettled(writes);
  const refusals = results.filter((result) => result.status === 'rejected');
  expect(refusals).toHaveLength(2);
  for (const { reason } of refusals) expect(reason).toMatchObject({ code: 'STORE_OVERFLOW' });
  expect(await store.source.spanCounts(runId)).toEqual({
    harness: 1_000,
    all: 1_000,
    invalid: 0,
  });
  await store.close();
});
