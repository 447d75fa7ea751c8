import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startSampling } from '../../src/cli/actions/sampled-spans.ts';
import { NS_PER_SEC, rngFrom, spanWeightOf, type Span } from '../../src/core/index.ts';
import { spanBlock } from '../../src/native/index.ts';
import { TailSampler } from '../../src/sampling/index.ts';
import {
  forestOf,
  serviceGraphOf,
  type EdgeAttempts,
  type OperationTimes,
} from '../../src/spans/index.ts';
import { openStore } from '../../src/store/index.ts';
import { openSpans, type SpanReader } from '../../src/store/open-spans.ts';
import { runRecord } from '../analyze/memory-source.ts';
import { shopRows } from '../incident/modelled-shop.ts';
import { freshStore, type FreshStore } from './local-store.ts';

const TRACES = 1_500;
const RATIO = 0.1;
/** Some 3 of 100 traces take as long. */
const SLOW_NS = 28_000_000;
const HOUR_NS = 3_600n * BigInt(NS_PER_SEC);
/** Of the estimate of a count of traces. */
const DEVIATION = Math.sqrt((TRACES * (1 - RATIO)) / RATIO);

let fresh: FreshStore;
let reader: SpanReader;
const nowNs = BigInt(Date.now()) * 1_000_000n;
/** The same traces came in both hours; of the second a sample is stored. */
const all = { fromEpochNs: nowNs - 2n * HOUR_NS, toEpochNs: nowNs - HOUR_NS };
const sampled = { fromEpochNs: nowNs - HOUR_NS, toEpochNs: nowNs };

beforeAll(async () => {
  fresh = await freshStore();
  const { store } = fresh;
  const traces = tracesFrom(all.fromEpochNs, '0');
  for (const part of partsOf(traces.flat())) await store.sink.writeSpanBlock(spanBlock(part));
  const sampler = new TailSampler({
    rules: {
      ratio: RATIO,
      slow: { kind: 'time', limitNs: SLOW_NS },
      ...{ waitNs: 30 * NS_PER_SEC, waitAfterRootNs: 10 * NS_PER_SEC },
    },
    log: store.undecidedLog(),
    clock: store.clock,
  });
  sampler.start();
  // As exporters send them: spans of one trace come in several requests.
  const spans = tracesFrom(sampled.fromEpochNs, '1').flat();
  const rng = rngFrom(5, 'order');
  const mixed = spans.map((span) => ({ span, place: rng.nextUint32() }));
  mixed.sort((a, b) => a.place - b.place);
  for (const part of partsOf(mixed.map(({ span }) => span))) await sampler.accept(spanBlock(part));
  await sampler.close();
  await store.sink.settled();
  reader = await openSpans({ dir: fresh.dir });
});

afterAll(async () => {
  await reader?.close();
  await fresh?.close();
});

test('traces of a run are known by its id, and kept, all of them', async () => {
  const { store, dir } = fresh;
  const runId = `${Math.floor(Date.now() / 1_000).toString(16)}0badcafe`;
  await store.sink.writeRun(runRecord({ runId, startedEpochMs: Date.now() }));
  const other = await openStore({ dir, leavesUndecided: true });
  onTestFinished(() => other.close());
  const rules = { ratio: 1e-9, slow: undefined, waitNs: NS_PER_SEC, waitAfterRootNs: NS_PER_SEC };
  const notices: string[] = [];
  const sampling = await startSampling(other, rules, (text) => notices.push(text));
  const [first = []] = tracesFrom(nowNs, '2');
  const ofRun = first.map((span) => ({ ...span, traceId: `${runId}${span.traceId.slice(16)}` }));
  await sampling.sampler.accept(spanBlock([...first, ...ofRun]));
  expect(await sampling.close()).toContain('all of 1 (1 of runs)');
  await other.sink.settled();
  expect(await store.source.trace(ofRun[0]?.traceId ?? '')).toHaveLength(ofRun.length);
  expect(await store.source.trace(first[0]?.traceId ?? '')).toEqual([]);
  expect(notices).toEqual([]);
});

test('a sample is much less than all, and holds whole traces', async () => {
  const [whole, part] = await Promise.all(
    [all, sampled].map((time) => reader.windows.spansIn(time, 100_000)),
  );
  expect(whole?.table.traceCount).toBe(TRACES);
  expect(part?.table.traceCount).toBeGreaterThan(TRACES * RATIO);
  expect(part?.table.traceCount).toBeLessThan(TRACES * 3 * RATIO);
  expect([...(part?.table.parents ?? [])].filter((parent) => parent < -1)).toEqual([]);
});

describe('of a sample', () => {
  test('operations are counted as all, failures exactly, and the slowest are there', async () => {
    const [whole, part] = await Promise.all([
      reader.operations.operationsOf(all),
      reader.operations.operationsOf(sampled),
    ]);
    const byName = new Map(part.map((operation) => [keyOf(operation), operation]));
    expect([...byName.keys()].toSorted()).toEqual(whole.map(keyOf).toSorted());
    for (const operation of whole) {
      const seen = byName.get(keyOf(operation));
      const perTrace = Math.ceil(operation.spanCount / TRACES);
      const off = Math.abs((seen?.spanCount ?? 0) - operation.spanCount);
      expect(off).toBeLessThan(4 * perTrace * DEVIATION);
      expect(seen?.storedCount).toBeLessThan(operation.spanCount / 3);
      expect(seen?.failedCount).toBe(operation.failedCount);
      const [p50, wanted] = [seen?.p50Ns ?? 0, operation.p50Ns ?? 0];
      expect(p50 / wanted).toBeGreaterThan(0.8);
      expect(p50 / wanted).toBeLessThan(1.25);
    }
    const root = whole.find(({ name }) => name === 'GET /') as OperationTimes;
    const seen = byName.get(keyOf(root));
    expect(seen?.maxNs).toBe(root.maxNs);
    // All beyond it are stored: it moves by what the count of all is off.
    expect((seen?.p99Ns ?? 0) / (root.p99Ns ?? 1)).toBeCloseTo(1, 1);
  });

  test('the graph has the calls of all, and the failures exactly', async () => {
    const [whole, part] = await Promise.all(
      [all, sampled].map(async (time) => {
        const { table } = await reader.windows.spansIn(time, 100_000);
        return serviceGraphOf(forestOf(table), 'operation');
      }),
    );
    const edges = new Map(
      part?.edges.map((edge) => [JSON.stringify([edge.caller, edge.callee]), edge]),
    );
    for (const edge of whole?.edges ?? []) {
      const seen = edges.get(JSON.stringify([edge.caller, edge.callee]));
      expect(seen?.failed).toBe(edge.failed);
      const perTrace = Math.ceil(edge.calls / TRACES);
      expect(Math.abs((seen?.calls ?? 0) - edge.calls)).toBeLessThan(4 * perTrace * DEVIATION);
    }
    expect(Math.abs((part?.weightedTraces ?? 0) - TRACES)).toBeLessThan(4 * DEVIATION);
  });

  test('attempts are an even share of all, with the times and failures of all', async () => {
    const [whole, part] = await Promise.all(
      [all, sampled].map((time) => reader.attempts.attemptsIn(time, 1_000_000)),
    );
    expect(whole?.ratio).toBe(1);
    expect(part?.ratio).toBeCloseTo(RATIO, 4);
    const times = new Map(part?.edges.map((edge) => [edge.operation, countsOf(edge)]));
    for (const edge of whole?.edges ?? []) {
      const [wanted, seen] = [countsOf(edge), times.get(edge.operation)];
      const perTrace = Math.ceil(wanted.ok / TRACES);
      const off = Math.abs((seen?.ok ?? 0) / RATIO - wanted.ok);
      expect(off).toBeLessThan(4 * perTrace * DEVIATION);
      expect((seen?.failed ?? 0) / RATIO - wanted.failed).toBeLessThan(
        4 * Math.sqrt(wanted.failed / RATIO) + 10,
      );
    }
  });

  test('every slow trace is there, and counts once', async () => {
    const { connection } = fresh.store;
    const slow = async ({ fromEpochNs, toEpochNs }: typeof all): Promise<readonly string[]> => {
      type Row = { readonly Id: string; readonly TraceState: string };
      const rows = await connection.select<Row>(
        `SELECT substring(TraceId, 2) AS Id, TraceState FROM otel_traces
         WHERE ParentSpanId = '' AND Duration >= ${SLOW_NS}
           AND Timestamp >= fromUnixTimestamp64Nano(${fromEpochNs}) AND Timestamp < fromUnixTimestamp64Nano(${toEpochNs})`,
      );
      for (const { TraceState } of rows) expect(spanWeightOf(TraceState)).toBe(1);
      return rows.map(({ Id }) => Id).toSorted();
    };
    const wanted = await slow(all);
    expect(wanted.length).toBeGreaterThan(10);
    expect(await slow(sampled)).toEqual(wanted);
  });

  test('SQL reads what a span stands for as the readers do', async () => {
    type Row = { readonly TraceState: string; readonly SampleWeight: number };
    const rows = await fresh.store.connection.select<Row>(
      'SELECT DISTINCT TraceState, SampleWeight FROM otel_traces ORDER BY SampleWeight',
    );
    expect(rows.length).toBe(2);
    for (const { TraceState, SampleWeight } of rows) {
      expect(SampleWeight).toBeCloseTo(spanWeightOf(TraceState), 9);
    }
  });
});

function countsOf({ seconds, failed }: EdgeAttempts): {
  readonly ok: number;
  readonly failed: number;
} {
  const counts = seconds.flatMap(({ ok }) => [...ok.count]);
  return { ok: counts.reduce((sum, count) => sum + count, 0), failed };
}

function keyOf({ serviceName, name, kind }: OperationTimes): string {
  return `${serviceName} ${name} ${kind}`;
}

/** The traces of a shop from a time on, three in a second, with ids that begin so. */
function tracesFrom(fromEpochNs: bigint, idBegin: string): readonly (readonly Span[])[] {
  const rows = shopRows(3, TRACES, { failing: { service: 'prices', ratio: 0.01 } });
  const rng = rngFrom(4, 'ids');
  const digits = (): string => rng.nextUint32().toString(16).padStart(8, '0');
  return [...Map.groupBy(rows, ({ traceId }) => traceId).values()].map((trace, i) => {
    const traceId = `${idBegin}${[digits(), digits(), digits(), digits()].join('').slice(1)}`;
    const first = trace.reduce((a, b) => (b.startEpochNs < a.startEpochNs ? b : a)).startEpochNs;
    const startNs = fromEpochNs + BigInt(i) * 300_000_000n;
    return trace.map((row) => ({
      ...row,
      traceId,
      startEpochNs: startNs + row.startEpochNs - first,
      ...{ traceState: '', statusMessage: '', scopeName: '', scopeVersion: '' },
      ...{ events: [], links: [] },
    }));
  });
}

function partsOf(spans: readonly Span[]): readonly (readonly Span[])[] {
  const size = 2_000;
  return Array.from({ length: Math.ceil(spans.length / size) }, (_, i) =>
    spans.slice(i * size, (i + 1) * size),
  );
}
