import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { NS_PER_MS } from '../../src/core/index.ts';
import { expandMacros } from '../../src/dashboards/index.ts';
import { TRACES_MAX } from '../../src/dashboards/services/trace-window.ts';
import { compareRoots } from '../../src/incident/root-changes.ts';
import { calleeName, callerName, callsPerSec } from '../../src/report/graph-report.ts';
import {
  forestOf,
  serviceGraphOf,
  type GraphEdge,
  type GraphGrain,
  type SelectedSpans,
} from '../../src/spans/index.ts';
import { openSpans, type SpanReader } from '../../src/store/open-spans.ts';
import { dashboardOf, sqlOf } from '../dashboards/dashboard-model.ts';
import { FROM_EPOCH_NS } from '../spans/generated-traces.ts';
import { freshStore, type FreshStore } from './local-store.ts';
import {
  manyTraces,
  RUN_ID,
  sampledTraces,
  traceId,
  tracesOfAllSorts,
  tracesOfSharedIds,
} from './service-traces.ts';

type Row = Readonly<Record<string, unknown>>;
interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

const START_MS = Number(FROM_EPOCH_NS / BigInt(NS_PER_MS));
/** Traces begin in the first minute and in the second, which is the one that is looked at. */
const BEFORE: Range = { fromMs: START_MS - 1_000, toMs: START_MS + 59_000 };
const NOW: Range = { fromMs: BEFORE.toMs, toMs: BEFORE.toMs + 60_000 };
/** As the first two minutes, of a store that has a sample. */
const SAMPLED_LATER_MS = 7_200_000;
const SAMPLED_BEFORE = later(BEFORE, SAMPLED_LATER_MS);
const SAMPLED = later(NOW, SAMPLED_LATER_MS);
const MANY: Range = { fromMs: START_MS + 3_600_000, toMs: START_MS + 3_660_000 };

const services = sqlOf(dashboardOf('services.json'));
const overview = sqlOf(dashboardOf('run-overview.json'));

let fresh: FreshStore;
let reader: SpanReader;

beforeAll(async () => {
  fresh = await freshStore();
  const { sink } = fresh.store;
  const spans = [
    ...tracesOfAllSorts(),
    ...tracesOfSharedIds(),
    ...manyTraces(MANY.fromMs, TRACES_MAX + 300),
    ...sampledTraces(SAMPLED_LATER_MS),
  ];
  // Of two inserts, so that traces lie in several parts and spans come again in another.
  await sink.writeSpans(spans.slice(0, spans.length / 2));
  await sink.writeSpans(spans.slice(spans.length / 3));
  for (const [runId, fault] of [
    [RUN_ID, 'slow-db'],
    ['0000000000000001', 'lost-db'],
  ] as const) {
    await sink.writeRun({ ...RUN, runId });
    const window = { fault, placeKind: 'proxy', place: 'db', effect: 'latency' } as const;
    const times = { fromNs: 70 * 1e9, toNs: 80 * 1e9 };
    await sink.writeFaultWindows(runId, [{ ...window, attributes: {}, ...times }]);
  }
  reader = await openSpans({ dir: fresh.dir });
});

afterAll(async () => {
  await reader?.close();
  await fresh?.close();
});

it.each(services)('%s returns rows', async (_name, sql) => {
  expect((await select(sql, NOW)).length).toBeGreaterThan(0);
});

describe.each([
  ['all traces', services, {}, {}],
  [
    'those that pass through a service',
    services,
    { service: 'service-2' },
    { serviceName: 'service-2' },
  ],
  ['those of a run', overview, {}, { runId: RUN_ID }],
])('the service graph of %s', (_what, queries, variables, part) => {
  it.each([
    ['operation', 'Edges'],
    ['service', 'Services and calls'],
  ] as const)('has the edges of `callgauge graph --by %s`', async (grain, title) => {
    const rows = await selectPanel(queries, title, NOW, variables, grain === 'service' ? 1 : 0);
    const wanted = await graphOf(NOW, grain, part);
    expect(rows.length).toBeGreaterThan(grain === 'operation' ? 60 : 10);
    const found = rows.map((row) => edgeNumbers(row, grain));
    expect(found.toSorted(byText)).toEqual(wanted.toSorted(byText));
  });

  it('has the services as nodes, each with the calls to it', async () => {
    const nodes = await selectPanel(queries, 'Services and calls', NOW, variables);
    const edges = await graphOf(NOW, 'service', part);
    const names = new Set(edges.flatMap(([caller, callee]) => [caller, callee]));
    expect(nodes).toHaveLength(names.size);
    expect(new Set(nodes.map((node) => node['id']))).toEqual(names);
    const callsTo = (id: unknown): number =>
      edges.filter(([, callee]) => callee === id).reduce((sum, edge) => sum + Number(edge[2]), 0);
    for (const node of nodes) {
      expect(Number(node['detail__calls'])).toBe(callsTo(node['id']));
      expect(Number(node['arc__ok']) + Number(node['arc__failed'])).toBeCloseTo(1, 9);
    }
  });
});

it.each([
  ['operation', 'Edges'],
  ['service', 'Services and calls'],
] as const)(
  'counts calls of a sampled store as `callgauge graph --by %s` does',
  async (grain, title) => {
    const rows = await selectPanel(services, title, SAMPLED, {}, grain === 'service' ? 1 : 0);
    const found = rows.map((row) => edgeNumbers(row, grain));
    expect(found.toSorted(byText)).toEqual((await graphOf(SAMPLED, grain, {})).toSorted(byText));
    const { table } = await spansIn(SAMPLED, {});
    const calls = found.reduce((sum, row) => sum + Number(row[grain === 'operation' ? 4 : 2]), 0);
    expect(calls).toBeGreaterThan(2 * table.spanCount);
  },
);

it('reads the same sample of many traces as `callgauge graph`, and scales its rates', async () => {
  const rows = await selectPanel(services, 'Edges', MANY);
  const found = rows.map((row) => edgeNumbers(row, 'operation'));
  expect(found.toSorted(byText)).toEqual((await graphOf(MANY, 'operation', {})).toSorted(byText));
  const calls = rows.reduce((sum, row) => sum + Number(row['calls']), 0);
  const rate = rows.reduce((sum, row) => sum + Number(row['rate']), 0);
  expect(calls).toBe(TRACES_MAX);
  expect(rate).toBeCloseTo((TRACES_MAX + 300) / 60, 6);
});

describe('the incident', () => {
  it.each([
    ['all traces', BEFORE, NOW],
    ['a sample', SAMPLED_BEFORE, SAMPLED],
  ])(
    'compares the root operations of %s as `callgauge incident` does',
    async (_of, then, range) => {
      const rows = await selectPanel(services, 'Root operations before and now', range);
      const [before, now] = await Promise.all([spansIn(then, {}), spansIn(range, {})]);
      const roots = compareRoots(before.table, now.table);
      expect(rows.length).toBeGreaterThan(5);
      expect(rows.map(rootNumbers).toSorted(byText)).toEqual(
        roots
          .map(({ service, operation, baseline, window }) => [
            service,
            operation,
            ...[window, baseline].flatMap(({ count, errorCount, medianNs }) => [
              near(count / 60),
              count === 0 ? null : near(errorCount / count),
              count < 2 ? null : near((medianNs ?? 0) / 1e9),
            ]),
          ])
          .toSorted(byText),
      );
    },
  );

  it('compares the edges of both times', async () => {
    const rows = await selectPanel(services, 'Edges before and now', NOW);
    const [now, before] = await Promise.all([
      graphOf(NOW, 'operation', {}),
      graphOf(BEFORE, 'operation', {}),
    ]);
    const side = (edges: readonly Edge[], suffix: string) =>
      rows
        .filter((row) => Number(row[`rate${suffix}`]) > 0)
        .map((row) => [
          row['caller'],
          row['callee'],
          row['kind'],
          row['operation'],
          near(row[`rate${suffix}`]),
          near(row[`errors${suffix}`]),
          near(row[`p50${suffix}`]),
        ])
        .toSorted(byText)
        .map((row, i) => [row, edges.toSorted(byText)[i]] as const);
    for (const [edges, suffix] of [
      [now, ''],
      [before, '_before'],
    ] as const) {
      const pairs = side(edges, suffix);
      expect(pairs).toHaveLength(edges.length);
      for (const [row, edge] of pairs) {
        expect(row).toEqual([...(edge ?? []).slice(0, 4), ...(edge ?? []).slice(5, 8)]);
      }
    }
    const added = rows.map((row) => row['added']).filter((value) => value !== null);
    const bySize = added.toSorted((a, b) => Math.abs(Number(b)) - Math.abs(Number(a)));
    expect(added).toEqual(bySize);
  });

  it('names the traces that failed, and those slower than 99% of the ones before', async () => {
    const rows = await selectPanel(services, 'Failed and slow traces of the time range', NOW);
    expect(new Set(rows.map(({ why }) => why))).toEqual(new Set(['failed', 'slow']));
    for (const { why, duration, p99_before: before, times } of rows) {
      if (why === 'slow') expect(Number(duration)).toBeGreaterThan(Number(before));
      if (before !== null) expect(Number(times)).toBeCloseTo(Number(duration) / Number(before), 6);
    }
    const [row] = rows;
    const [trace] = await select(
      `SELECT count() AS spans FROM otel_traces WHERE TraceId = '${String(row?.['trace'])}'`,
      NOW,
    );
    expect(Number(trace?.['spans'])).toBeGreaterThan(0);
  });

  it('shades the fault windows of every run', async () => {
    const rows = await selectPanel(services, 'Fault windows', NOW);
    expect(rows.map(({ text }) => String(text)).toSorted()).toEqual([
      'lost-db: latency on db, run 0000000000000001',
      `slow-db: latency on db, run ${RUN_ID}`,
    ]);
    expect(await selectPanel(services, 'Fault windows', MANY)).toEqual([]);
  });
});

/** Caller, callee, kind, operation or none, and the numbers of an edge. */
type Edge = readonly unknown[];

async function graphOf(range: Range, grain: GraphGrain, part: object): Promise<readonly Edge[]> {
  const { table, tracesInAll } = await spansIn(range, part);
  const graph = serviceGraphOf(forestOf(table), grain);
  const report = {
    graph,
    tracesInAll,
    runId: '',
    fromEpochMs: range.fromMs,
    toEpochMs: range.toMs,
  };
  const secOf = (ns: number | undefined): number | null => (ns === undefined ? null : ns / 1e9);
  return graph.edges.map((edge: GraphEdge) => {
    const [p50, p95, p99] = [secOf(edge.p50Ns), secOf(edge.p95Ns), secOf(edge.p99Ns)];
    const errors = near(edge.failed / edge.calls);
    const rate = near(callsPerSec(edge, report));
    const [caller, callee] = [callerName(edge), calleeName(edge)];
    return grain === 'operation'
      ? [
          caller,
          callee,
          edge.kind,
          edge.operation,
          edge.calls,
          rate,
          errors,
          near(p50),
          near(p99),
          near(p95),
          near(edge.maxNs / 1e9),
        ]
      : [caller, callee, edge.calls, rate, errors, near(p50), near(p99)];
  });
}

function spansIn({ fromMs, toMs }: Range, part: object): Promise<SelectedSpans> {
  const nsOf = (ms: number): bigint => BigInt(ms) * BigInt(NS_PER_MS);
  const selection = { fromEpochNs: nsOf(fromMs), toEpochNs: nsOf(toMs), ...part };
  return reader.windows.spansIn(selection, TRACES_MAX);
}

/** A row of the panel of edges, or of the node graph, as {@link graphOf} has it. */
function edgeNumbers(row: Row, grain: GraphGrain): Edge {
  return grain === 'operation'
    ? [row['caller'], row['callee'], row['kind'], row['operation'], ...numbersOf(row, 'rate')]
    : [row['source'], row['target'], ...numbersOf(row, 'mainstat')];
}

function numbersOf(row: Row, rate: 'rate' | 'mainstat'): readonly unknown[] {
  if (rate === 'mainstat') {
    const { detail__calls: calls, detail__errors: errors, detail__p50: p50 } = row;
    return [Number(calls), near(row[rate]), near(errors), near(p50), near(row['secondarystat'])];
  }
  const { calls, errors, p50, p95, p99, max } = row;
  return [Number(calls), near(row[rate]), near(errors), near(p50), near(p99), near(p95), near(max)];
}

function rootNumbers(row: Row): readonly unknown[] {
  return [
    row['service'],
    row['operation'],
    near(row['rate']),
    near(row['errors']),
    near(row['p50']),
    near(row['rate_before']),
    near(row['errors_before']),
    near(row['p50_before']),
  ];
}

function later({ fromMs, toMs }: Range, ms: number): Range {
  return { fromMs: fromMs + ms, toMs: toMs + ms };
}

/** A number to nine digits; both sides compute it in their own order. */
function near(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(Number(value).toPrecision(9));
}

function byText(a: readonly unknown[], b: readonly unknown[]): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function select(sql: string, range: Range, variables: Readonly<Record<string, string>> = {}) {
  return fresh.store.connection.select<Row>(
    expandMacros(sql, {
      ...range,
      intervalSec: 2,
      variables: { service: '', run: RUN_ID, trace: traceId(0), step: 'none', ...variables },
    }),
  );
}

/** The rows of a panel, of the query at `place` where it has several. */
function selectPanel(
  queries: readonly (readonly [name: string, sql: string])[],
  title: string,
  range: Range,
  variables: Readonly<Record<string, string>> = {},
  place = 0,
): Promise<readonly Row[]> {
  const sql = queries.filter(([name]) => name === title)[place]?.[1];
  expect(sql, title).toBeDefined();
  return select(sql ?? '', range, variables);
}

const RUN = {
  scenario: 'checkout',
  startedEpochMs: START_MS,
  endedEpochMs: NOW.toMs,
  status: 'complete',
  seed: 1,
  phases: [],
  source: '',
  plan: '',
  verdict: '',
  harnessVersion: '0.1.0',
  environment: {},
} as const;
