import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SPAN_KINDS, type Span } from '../../src/core/index.ts';
import {
  GRAPH_ATTRIBUTES,
  memorySpanWindows,
  PATH_ATTRIBUTES,
  type TraceSearch,
} from '../../src/spans/index.ts';
import { openSpans, type SpanReader } from '../../src/store/open-spans.ts';
import { span } from '../report/sample-runs.ts';
import { listed } from '../spans/listed-spans.ts';
import { collectorTable } from './collector-table.ts';
import { teamClickHouse, type TeamClickHouse } from './team-clickhouse.ts';

const FROM_NS = 1_767_322_800_000_000_000n;
const WINDOW = { fromEpochNs: FROM_NS, toEpochNs: FROM_NS + 60_000_000_000n };
const MAP = 'Map(LowCardinality(String), String)';

let team: TeamClickHouse;

beforeAll(async () => {
  team = await teamClickHouse();
  await team.admin.execute(collectorTable('maps', MAP));
  await insert('maps', spans());
});

afterAll(() => team.close());

/** Each with the statements that make it, beside the table `maps`, which has the spans. */
const TABLES: readonly (readonly [name: string, statements: readonly string[]])[] = [
  ['maps', []],
  [
    'distributed',
    ["CREATE TABLE team.distributed AS team.maps ENGINE = Distributed('own', 'team', 'maps')"],
  ],
  ['viewed', ['CREATE VIEW team.viewed AS SELECT * FROM team.maps']],
  [
    'buffered',
    [
      "CREATE TABLE team.buffered AS team.maps ENGINE = Buffer('team', 'maps', 1, 10, 100, 1000, 10000, 1000000, 10000000)",
    ],
  ],
  [
    'old',
    [
      collectorTable('old', MAP)
        .replace('Duration UInt64', 'Duration Int64')
        .replace(' TraceState String,', '')
        .replace('ScopeName String, ScopeVersion String,', '')
        .replace(/,\s*Events Nested[^;]*\) ENGINE/u, ') ENGINE'),
      `INSERT INTO team.old (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode, StatusMessage)
       SELECT Timestamp, TraceId, SpanId, ParentSpanId, SpanName, concat('SPAN_KIND_', upper(SpanKind)), ServiceName, ResourceAttributes, SpanAttributes, reinterpretAsInt64(Duration), concat('STATUS_CODE_', upper(StatusCode)), StatusMessage FROM team.maps`,
    ],
  ],
  [
    'json',
    [
      collectorTable('json', 'JSON'),
      `INSERT INTO team.json SELECT * REPLACE (CAST(toJSONString(ResourceAttributes) AS JSON) AS ResourceAttributes, CAST(toJSONString(SpanAttributes) AS JSON) AS SpanAttributes, CAST([] AS Array(JSON)) AS \`Events.Attributes\`, CAST([] AS Array(JSON)) AS \`Links.Attributes\`) FROM team.maps`,
    ],
  ],
];

describe.each(TABLES)(
  'a team’s table (%s), read by a user who may only read',
  (name, statements) => {
    let reader: SpanReader;

    beforeAll(async () => {
      for (const statement of statements) await team.admin.execute(statement);
      reader = await openSpans({ url: team.readerUrl, spans: `team.${name}` });
    });

    afterAll(() => reader.close());

    test('has the spans of a window as spans in memory have them', async () => {
      const wanted = await memorySpanWindows(spans()).spansIn(WINDOW, 100);
      const found = await reader.windows.spansIn(WINDOW, 100);
      expect(found.tracesInAll).toBe(wanted.tracesInAll);
      expect(listed(found.table)).toEqual(listed(wanted.table));
      expect(found.table.invalidCount).toBe(1);
    });

    test.each([
      ['some attributes of spans', { keys: ['http.route', 'nowhere'], places: false }],
      ['those that a graph needs', GRAPH_ATTRIBUTES],
      ['those that critical paths need', PATH_ATTRIBUTES],
    ])('has of the spans what is asked for, and no more: %s', async (_what, choice) => {
      const wanted = await memorySpanWindows(spans()).spansIn(WINDOW, 100, choice);
      const found = await reader.windows.spansIn(WINDOW, 100, choice);
      expect(listed(found.table)).toEqual(listed(wanted.table));
    });

    test('has the traces that pass through a service, and a sample of whole traces', async () => {
      const ofStock = await reader.windows.spansIn({ ...WINDOW, serviceName: 'stock' }, 100);
      expect(ofStock.table.traceIds).toEqual([idOf(3)]);
      const sample = await reader.windows.spansIn(WINDOW, 2);
      expect(sample).toMatchObject({ tracesInAll: 4, table: { traceCount: 2, spanCount: 4 } });
      const again = await reader.windows.spansIn(WINDOW, 2);
      expect(again.table.traceIds).toEqual(sample.table.traceIds);
    });

    test('shows one trace', async () => {
      const [root, child] = await reader.source.trace(idOf(1));
      expect(root).toMatchObject({ serviceName: 'front', kind: 'Server', status: 'Error' });
      expect(child).toMatchObject({
        parentSpanId: root?.spanId,
        resourceAttributes: { 'service.name': 'cart', 'host.name': 'node-1' },
        attributes: { 'http.route': '/cart/{id}', 'user.name': 'Zoë' },
      });
      expect(await reader.source.tracesBeginning(idOf(1).slice(0, 31), 10)).toHaveLength(5);
    });

    test.each<[what: string, search: Partial<TraceSearch>, found: readonly number[]]>([
      ['any', {}, [4, 3, 2, 1, 5]],
      ['the newest two', { limit: 2 }, [4, 3]],
      ['those of a service', { serviceName: 'stock' }, [3]],
      ['those of an operation', { operation: 'GET /' }, [4, 3, 2, 1, 5]],
      ['those of operations like', { operation: 'r*d' }, [4, 3, 2, 1, 5]],
      ['none like a text with marks', { operation: 'r__%*' }, []],
      ['failed ones', { failed: true }, [1]],
      [
        'those with an attribute',
        { attributes: [{ key: 'http.route', value: '/cart/{id}' }] },
        [4, 3, 2, 1, 5],
      ],
      [
        'those with one of a resource',
        { attributes: [{ key: 'k8s.pod.name', value: 'front-2' }] },
        [2],
      ],
      ['none with another value', { attributes: [{ key: "it's", value: "a\\'b" }] }, []],
      [
        'those with any value',
        { attributes: [{ key: 'host.name', value: undefined }], serviceName: 'stock' },
        [3],
      ],
      ['long ones', { serviceName: 'cart', durationMinNs: 400_000_000n }, [4, 1, 5]],
      ['short ones', { serviceName: 'cart', durationMinNs: 1n, durationMaxNs: 399_999_999n }, []],
      ['those of a time', { fromEpochNs: FROM_NS, toEpochNs: FROM_NS + 20_000_000_000n }, [1, 5]],
      ['those of a run', { runId: idOf(1).slice(0, 16) }, [4, 3, 2, 1, 5]],
      ['none of a fault', { fault: 'slow' }, []],
    ])('finds traces: %s', async (_what, search, found) => {
      const all = { attributes: [], order: 'newest', limit: 20, ...search } as const;
      const traces = await reader.finder.find(all);
      expect(traces.map(({ traceId }) => traceId)).toEqual(found.map(idOf));
    });

    test('tells of a trace what it is as a whole, and of the span that was looked for', async () => {
      const search = { serviceName: 'stock', attributes: [], order: 'longest', limit: 20 } as const;
      expect(await reader.finder.find(search)).toEqual([
        {
          traceId: idOf(3),
          startEpochNs: FROM_NS + 30_000_000_000n,
          durationNs: 1_500_000_000n,
          serviceName: 'front',
          name: 'GET /',
          spanCount: 2,
          failedCount: 0,
          serviceCount: 2,
          match: { serviceName: 'stock', name: 'read', durationNs: 400_000_000n, spanCount: 1 },
        },
      ]);
    });

    test('knows no runs', async () => {
      expect(await reader.source.run('latest')).toBeUndefined();
      expect(await reader.source.runs(5)).toEqual([]);
    });
  },
);

test('nothing was made or written there', async () => {
  const tables = await team.admin.select<{ name: string }>(
    "SELECT name FROM system.tables WHERE database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema')",
  );
  expect(tables.map(({ name }) => name).toSorted()).toEqual(
    TABLES.map(([name]) => name).toSorted(),
  );
  const [count] = await team.admin.select<{ n: number }>('SELECT count() AS n FROM team.maps');
  expect(Number(count?.n)).toBe(spans().length);
});

test('a user who may do all is given nothing more: no table is made', async () => {
  const url = team.url.replace('//', '//admin:all@');
  const reader = await openSpans({ url, spans: 'team.maps' });
  expect(await reader.source.trace(idOf(1))).toHaveLength(2);
  await reader.close();
  const databases = await team.admin.select<{ name: string }>('SELECT name FROM system.databases');
  expect(databases.map(({ name }) => name)).not.toContain('callgauge');
});

test.each([
  ['team.none', 'has no table team.none, or the user has no right to see it'],
  ['team.other', 'team.other: no column Timestamp; DateTime64(9) is wanted'],
  ['team.odd', 'Duration is String; UInt64 or Int64 is wanted'],
])('%s is refused: %s', async (named, message) => {
  await team.admin.execute(
    collectorTable('odd', MAP)
      .replace('Duration UInt64', 'Duration String')
      .replace('TABLE', 'TABLE IF NOT EXISTS'),
  );
  await team.admin.execute('CREATE TABLE IF NOT EXISTS team.other (a UInt8) ENGINE = Memory');
  await expect(openSpans({ url: team.readerUrl, spans: named })).rejects.toMatchObject({
    code: 'STORE_UNSUITABLE',
    message: expect.stringContaining(message) as string,
  });
});

test('what is no name of a table is refused before anybody is asked', async () => {
  const named = 'otel.traces; DROP TABLE x';
  await expect(openSpans({ url: team.readerUrl, spans: named })).rejects.toMatchObject({
    code: 'USAGE_INVALID',
  });
});

/** Traces 1 to 4 begin in the window, 5 begins before it and goes on in it. */
function spans(): readonly Span[] {
  return [1, 2, 3, 4]
    .flatMap((n) => trace(n, FROM_NS + BigInt(n) * 10_000_000_000n, n === 3 ? 'stock' : 'cart'))
    .concat(trace(5, FROM_NS - 500_000_000n, 'cart'));
}

function trace(n: number, startEpochNs: bigint, callee: string): Span[] {
  const common = { traceId: idOf(n), durationNs: 1_500_000_000n };
  return [
    span({
      ...common,
      spanId: spanIdOf(n * 10),
      parentSpanId: '',
      serviceName: 'front',
      name: 'GET /',
      kind: 'Server',
      status: n === 1 ? 'Error' : 'Unset',
      startEpochNs,
      attributes: {},
      resourceAttributes: { 'service.name': 'front', 'k8s.pod.name': `front-${n}` },
    }),
    span({
      ...common,
      spanId: spanIdOf(n * 10 + 1),
      parentSpanId: spanIdOf(n * 10),
      serviceName: callee,
      name: 'read',
      kind: SPAN_KINDS[n] ?? 'Internal',
      status: 'Ok',
      startEpochNs: startEpochNs + 1_000_000_000n,
      durationNs: n === 2 ? -5n : 400_000_000n,
      attributes: { 'http.route': '/cart/{id}', 'user.name': 'Zoë' },
      resourceAttributes: { 'service.name': callee, 'host.name': `node-${n}` },
    }),
  ];
}

function idOf(n: number): string {
  return n.toString(16).padStart(32, 'a');
}

function spanIdOf(n: number): string {
  return n.toString(16).padStart(16, '0');
}

async function insert(table: string, rows: readonly Span[]): Promise<void> {
  const map = (attributes: Span['attributes']): string =>
    `map(${Object.entries(attributes)
      .flat()
      .map((text) => `'${text}'`)
      .join(', ')})`;
  const values = rows.map(
    (s) =>
      `(fromUnixTimestamp64Nano(${s.startEpochNs}), '${s.traceId}', '${s.spanId}', '${s.parentSpanId}', '${s.name}', '${s.kind}', '${s.serviceName}', ${map(s.resourceAttributes)}, ${map(s.attributes)}, ${BigInt.asUintN(64, s.durationNs)}, '${s.status}')`,
  );
  await team.admin.execute(
    `INSERT INTO team.${table} (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode) VALUES ${values.join(', ')}`,
  );
}
