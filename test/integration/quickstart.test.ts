import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { expandMacros } from '../../src/dashboards/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';
import { callgauge, Workplace, type Ended } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';
import { dashboardOf, sqlOf } from '../dashboards/dashboard-model.ts';

interface SpanRow {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly serviceName: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const workplace = new Workplace();
/** Whether a trace was slow against the time before the run is not asked: there is none. */
const queries = sqlOf(dashboardOf('run-overview.json')).filter(
  ([name]) => !name.startsWith('Failed and slow traces'),
);
let ended: Ended;
let metadata: { readonly runId: string; readonly startedAt: string; readonly endedAt: string };
let store: Store;
let traceId: string;
let spans: readonly SpanRow[];
let left: readonly string[];

/**
 * The quickstart as it is committed, only shorter, and for any machine; `npm start` holds it to the
 * rest.
 */
function shortened(): string {
  const scenarios = resolve(import.meta.dirname, '../../scenarios');
  return (
    readFileSync(resolve(scenarios, 'quickstart.yaml'), 'utf8')
      .replaceAll('../examples', resolve(scenarios, '../examples'))
      .replace(/for: 8s/u, 'for: 1s')
      .replace(/for: 40s/u, 'for: 5s')
      .replace(/from: 15s, for: 4s/u, 'from: 2s, for: 2s')
      // How quick the machine is, is not asked here.
      .replaceAll(/^ *- create-order\.response .*$/gmu, '')
      .replace('timeout: 2s', 'timeout: 20s')
      // So few calls do not tell a share of errors.
      .replace(/errors rate < .*$/mu, 'errors count == 0')
  );
}

beforeAll(async () => {
  const file = workplace.file('quickstart.yaml', shortened());
  const dir = ['--dir', workplace.storeDir];
  ended = await callgauge(['run', file, '--json', ...dir]);
  left = workplace.processes();
  const report = JSON.parse(ended.out) as {
    metadata: typeof metadata;
  };
  metadata = report.metadata;
  store = await openStore({ dir: workplace.storeDir });
  traceId = await heldUpTrace();
  const trace = await callgauge(['trace', traceId, '--json', ...dir]);
  ({ spans } = JSON.parse(trace.out) as { readonly spans: readonly SpanRow[] });
});
afterAll(async () => {
  await store?.close();
  workplace.remove();
});

/**
 * Returns the trace of the call that the fault held up most: where orders waited for payment
 * longest while it was on. On a busy machine other calls wait too, and one may begin during the
 * fault and reach payment after it.
 */
async function heldUpTrace(): Promise<string> {
  const [longest] = await store.connection.select<{ readonly traceId: string }>(
    `WITH (
         SELECT (toUnixTimestamp64Nano(any(StartedAt)), min(ToNs) - any(FromNs))
         FROM callgauge_fault_windows WHERE RunId = {runId:String}
       ) AS fault,
       toUnixTimestamp64Nano(Timestamp) AS begun
     SELECT TraceId AS traceId FROM otel_traces
     WHERE ServiceName = 'orders' AND SpanId IN (
         SELECT ParentSpanId FROM otel_traces WHERE ServiceName = 'payment')
       AND TraceId IN (
         SELECT TraceId FROM otel_traces
         WHERE RunId = {runId:String} AND SpanAttributes['callgauge.outcome'] = 'ok')
     ORDER BY least(begun + Duration, fault.1 + fault.2) - greatest(begun, fault.1) DESC LIMIT 1`,
    { runId: metadata.runId },
  );
  return longest?.traceId ?? '';
}

describe('the quickstart', () => {
  it('passes, and leaves no process behind', () => {
    expectExit(ended, 0);
    expect(left).toEqual([]);
  });

  it('fills every panel of the dashboard: each query returns rows from its store', async () => {
    const empty: string[] = [];
    for (const [name, sql] of queries) {
      const query = expandMacros(sql, {
        fromMs: Date.parse(metadata.startedAt),
        toMs: Date.parse(metadata.endedAt),
        intervalSec: 1,
        variables: { run: metadata.runId, step: ['create-order'], trace: traceId },
      });
      if ((await store.connection.select(query)).length === 0) empty.push(name);
    }
    expect(queries.length).toBeGreaterThan(10);
    expect(empty).toEqual([]);
  });

  it('stores whole traces: callgauge, orders, inventory and payment under one trace id', () => {
    expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    const root = only((span) => span.parentSpanId === '');
    expect(root.serviceName).toBe('callgauge');
    const orders = only((s) => s.serviceName === 'orders' && s.parentSpanId === root.spanId);
    for (const service of ['inventory', 'payment']) {
      const called = only((span) => span.serviceName === service);
      const caller = only((span) => span.spanId === called.parentSpanId);
      expect(caller).toMatchObject({ serviceName: 'orders', parentSpanId: orders.spanId });
    }
  });

  it('stores the call of every trace, and none of its callee is without it', async () => {
    const [counts] = await store.connection.select<Readonly<Record<string, number>>>(
      `WITH Own AS (SELECT * FROM otel_traces WHERE RunId = {runId:String})
       SELECT uniqExact(TraceId) AS traces,
         uniqExactIf(SpanId, ServiceName = 'callgauge') AS calls,
         countIf(ServiceName = 'orders' AND SpanKind = 'Server') AS served,
         countIf(ServiceName = 'orders' AND SpanKind = 'Server'
           AND (TraceId, ParentSpanId) NOT IN (SELECT TraceId, SpanId FROM Own)) AS orphans
       FROM Own`,
      { runId: metadata.runId },
    );
    const { traces, calls, served, orphans } = counts ?? {};
    expect(Number(served)).toBeGreaterThan(500);
    expect([Number(calls), Number(orphans)]).toEqual([Number(traces), 0]);
  });

  it('marks the calls that the fault held up, the harness call and the one to payment', () => {
    const marked = spans.filter((span) => span.attributes['callgauge.fault'] === 'payment-stall');
    expect(marked.map((span) => span.serviceName).toSorted()).toEqual(['callgauge', 'orders']);
  });
});

function only(matches: (span: SpanRow) => boolean): SpanRow {
  const found = spans.filter((span) => matches(span));
  expect(found).toHaveLength(1);
  const [span] = found;
  if (!span) throw new Error('unreachable: one was found');
  return span;
}
