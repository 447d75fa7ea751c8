import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { expandMacros } from '../../src/dashboards/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { dashboardOf, sqlOf } from '../dashboards/dashboard-model.ts';
import {
  FAILED_PER_SECOND,
  OK_PER_SECOND,
  RUN_ID,
  RUN_SEC,
  STARTED_MS,
  STEPS,
  syntheticRun,
  WARM_UP_SEC,
} from '../dashboards/synthetic-run.ts';

type Row = Readonly<Record<string, unknown>>;

const overview = dashboardOf('run-overview.json');
const queries = sqlOf(overview);
const TRACE_ID = syntheticRun().spans[0]?.traceId ?? '';
const MEASURED_SEC = RUN_SEC - WARM_UP_SEC;
const TIMED_PER_SECOND = OK_PER_SECOND + FAILED_PER_SECOND.timeout + FAILED_PER_SECOND.cancelled;

describe('the run overview against a real ClickHouse', () => {
  let folder: string;
  let store: Store;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'callgauge-dashboards-'));
    store = await openStore({ dir: folder });
    const { run, histograms, counters, faultWindows, spans } = syntheticRun();
    await store.sink.writeRun(run);
    await Promise.all([
      store.sink.writeHistograms(RUN_ID, histograms),
      store.sink.writeCounters(RUN_ID, counters),
      store.sink.writeFaultWindows(RUN_ID, faultWindows),
      store.sink.writeSpans(spans),
    ]);
  });

  afterAll(async () => {
    await store?.close();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it.each(queries)('%s returns rows', async (name, sql) => {
    // What is slow is told against the time before.
    const fromMs = name.startsWith('Failed and slow') ? STARTED_MS + 15_000 : STARTED_MS;
    expect((await select(sql, fromMs)).length).toBeGreaterThan(0);
  });

  it('begins every time series with an ascending time inside the range', async () => {
    const series = overview.panels.flatMap(({ title, targets = [] }) =>
      targets
        .filter(({ queryType }) => queryType === 'timeseries')
        .map((t) => [title, t.rawSql ?? '']),
    );
    expect(series.length).toBeGreaterThan(4);
    for (const [title, sql] of series) {
      const rows = await select(sql ?? '');
      expect(Object.keys(rows[0] ?? {})[0], title).toBe('time');
      const times = rows.map(({ time }) => Date.parse(`${String(time)}Z`));
      expect(times, title).toEqual(times.toSorted((a, b) => a - b));
      expect(times[0], title).toBe(STARTED_MS);
      expect(times.at(-1), title).toBeLessThan(STARTED_MS + RUN_SEC * 1_000);
    }
  });

  it('counts the measured calls only, and refuses percentiles that n cannot carry', async () => {
    const rows = await selectPanel('Percentiles of the whole run');
    expect(rows.map(({ step, clock }) => [step, clock])).toEqual(
      STEPS.flatMap((step) => [
        [step, 'response'],
        [step, 'service'],
      ]),
    );
    expect(rows[0]).toMatchObject({
      n: MEASURED_SEC * TIMED_PER_SECOND,
      censored: MEASURED_SEC * (FAILED_PER_SECOND.timeout + FAILED_PER_SECOND.cancelled),
      p50: 0.003,
      p95: 0.04,
      p99: 0.5,
      'p99.9': null,
      max: 0.5,
    });
  });

  it('adds outcomes up to the calls', async () => {
    for (const row of await selectPanel('Outcomes by phase')) {
      const { calls, ok, status, timeout, transport, cancelled, check } = row as Record<
        string,
        number
      >;
      expect([ok, status, timeout, transport, cancelled, check].reduce((a, b) => a! + b!)).toBe(
        calls,
      );
    }
  });

  it('joins every edge to its callee, and to the address where the callee sent no span', async () => {
    const rows = await selectPanel('Edges');
    const orders = { caller: 'callgauge', callee: 'orders', callee_is: 'service' };
    expect(rows).toMatchObject([
      {
        caller: 'orders',
        callee: '10.0.0.9',
        operation: 'GET /rates',
        callee_is: 'as its callers name it',
        calls: RUN_SEC,
        rate: 1,
        network_p50: null,
      },
      {
        caller: 'orders',
        callee: 'payment',
        operation: 'POST /api/charges',
        kind: 'call',
        calls: RUN_SEC,
        errors: 0.1,
        p99: null,
      },
      { ...orders, operation: STEPS[0], calls: RUN_SEC / 2 },
      { ...orders, operation: STEPS[1], calls: RUN_SEC / 2 },
    ]);
    expect(rows[1]?.['network_p50']).toBeCloseTo(0.005, 6);
  });

  it('gives the slowest call first, and its trace whole', async () => {
    const calls = await selectPanel('Slowest kept calls');
    const responses = calls.map(({ response }) => Number(response));
    expect(responses).toEqual(responses.toSorted((a, b) => b - a));
    const spans = await selectPanel('Trace ${trace}');
    expect(spans.map(({ serviceName }) => serviceName)).toEqual([
      'callgauge',
      'orders',
      'orders',
      'payment',
      'orders',
    ]);
    expect(spans[0]).toMatchObject({ traceID: TRACE_ID, parentSpanID: '', kind: 'Client' });
  });

  it('shows events as logs and links as references, each span once, a negative time as none', async () => {
    const charge = syntheticRun().spans[3];
    const broken = { ...charge!, spanId: 'f'.repeat(16), durationNs: -5n };
    await store.sink.writeSpans([charge!, broken]);
    const spans = await selectPanel('Trace ${trace}');
    expect(spans).toHaveLength(6);
    expect(spans.find(({ spanID }) => spanID === broken.spanId)).toMatchObject({ duration: 0 });
    expect(spans.find(({ spanID }) => spanID === charge?.spanId)).toMatchObject({
      logs: [
        {
          name: 'exception',
          timestamp: String(STARTED_MS),
          fields: [{ key: 'exception.type', value: 'E' }],
        },
      ],
      references: [
        {
          traceID: TRACE_ID,
          spanID: syntheticRun().spans[0]?.spanId,
          tags: [{ key: 'why', value: 'batch' }],
        },
      ],
    });
  });

  it('gives fault windows the columns of an annotation', async () => {
    const [annotation] = overview.annotations.list;
    expect(await select(annotation?.target.rawSql ?? '')).toMatchObject([
      {
        time: clickHouseTime(STARTED_MS + 15_000),
        timeEnd: clickHouseTime(STARTED_MS + 20_000),
        text: 'payment-stall: latency on payment',
        tags: 'fault,latency,payment',
      },
    ]);
  });

  function select(sql: string, fromMs = STARTED_MS): Promise<readonly Row[]> {
    return store.connection.select<Row>(
      expandMacros(sql, {
        fromMs,
        toMs: STARTED_MS + RUN_SEC * 1_000,
        intervalSec: 2,
        variables: { run: RUN_ID, step: STEPS, trace: TRACE_ID },
      }),
    );
  }

  function selectPanel(title: string): Promise<readonly Row[]> {
    const sql = queries.find(([name]) => name === title)?.[1];
    expect(sql, title).toBeDefined();
    return select(sql ?? '');
  }
});

function clickHouseTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, -1).replace('T', ' ')}000000`;
}
