import { describe, expect, it } from 'vitest';
import { HarnessError } from '../../src/core/index.ts';
import { attemptQuery, attemptsOfRun } from '../../src/store/attempt-queries.ts';
import { queryFor, spanTableFor } from '../../src/store/span-layout.ts';
import { queryText } from '../../src/store/sql-files.ts';
import { checkTables, type SeenTable, type StoreAccess } from '../../src/store/table-check.ts';
import { RUN_TABLE } from '../../src/store/tables/run-table.ts';
import { SPAN_TABLE } from '../../src/native/index.ts';
import {
  attributesFromRow,
  parseRow,
  type RowAttributes,
} from '../../src/store/tables/span-row.ts';

describe('tables that stand in the store', () => {
  it('are suitable where there are none, or those of any version of the Collector', () => {
    expect(check({})).toMatchObject({ isJson: false, hasRunId: true });
    expect(check({ otel_traces: spans() })).toMatchObject({ isJson: false, takesColumns: true });
    const older = spans({ Duration: 'Int64', TraceId: 'LowCardinality(String)' });
    expect(check({ otel_traces: older })).toMatchObject({ isJson: false });
  });

  it('may have attributes of the type JSON, with parameters or without', () => {
    const json = spans({
      SpanAttributes: 'JSON(max_dynamic_paths=16, `a.b` LowCardinality(String))',
      ResourceAttributes: 'JSON',
      'Events.Attributes': 'Array(JSON)',
      'Links.Attributes': 'Array(JSON)',
      SpanAttributesKeys: 'Array(LowCardinality(String))',
    });
    const layout = check({ otel_traces: json });
    expect(layout).toMatchObject({ isJson: true, keyColumns: ['SpanAttributesKeys'] });
    expect(spanTableFor(layout).columns.at(-1)?.name).toBe('SpanAttributesKeys');
  });

  it.each(['Distributed', 'Memory', 'Log', 'Buffer'])('may be of the engine %s', (engine) => {
    expect(check({ otel_traces: spans({}, engine) })).toMatchObject({
      takesColumns: false,
      hasRunId: false,
    });
  });

  it.each(['View', 'MaterializedView', 'Merge'])('of the engine %s are read only', (engine) => {
    const seen = { otel_traces: spans({}, engine) };
    expect(check(seen, 'read')).toMatchObject({ hasRunId: false });
    expect(refusal(seen)).toMatchObject({
      message: expect.stringContaining(`otel_traces has the engine ${engine}`),
      hint: expect.stringContaining('another database'),
    });
  });

  it.each(['Kafka', 'Null', 'PostgreSQL'])('of the engine %s are refused', (engine) => {
    for (const access of ['read', 'write'] as const) {
      expect(refusal({ otel_traces: spans({}, engine) }, access)?.message).toContain(engine);
    }
  });

  it('are refused by column, type seen, type wanted, with what would mend them', () => {
    const lacking = spans();
    const columns = new Map(lacking.columns);
    columns.delete('ScopeName');
    expect(refusal({ otel_traces: { ...lacking, columns } })).toMatchObject({
      code: 'STORE_UNSUITABLE',
      message: 'http://host/db: otel_traces has no column ScopeName; String is wanted',
      hint: 'ALTER TABLE otel_traces ADD COLUMN `ScopeName` String (Nothing was made or changed there.)',
    });
    columns.delete('TraceState');
    expect(refusal({ otel_traces: { ...lacking, columns } })?.hint).toBe(
      'ALTER TABLE otel_traces ADD COLUMN `TraceState` String; ' +
        'ALTER TABLE otel_traces ADD COLUMN `ScopeName` String (Nothing was made or changed there.)',
    );
    const other = spans({ Timestamp: 'DateTime64(3)', SpanAttributes: 'Nullable(String)' });
    expect(refusal({ otel_traces: other })?.message).toBe(
      'http://host/db: otel_traces.Timestamp is DateTime64(3); DateTime64(9) is wanted; ' +
        'otel_traces.SpanAttributes is Nullable(String); Map(LowCardinality(String), String) or JSON is wanted',
    );
  });

  it('are refused for writing where a column is computed', () => {
    const seen = spans();
    const columns = new Map(seen.columns).set('ServiceName', {
      type: 'String',
      defaultKind: 'MATERIALIZED',
    });
    const computed = { otel_traces: { ...seen, columns } };
    expect(check(computed, 'read')).toMatchObject({ isJson: false });
    expect(refusal(computed)?.message).toContain('otel_traces.ServiceName is MATERIALIZED');
  });

  it('with our names may lack only what a migration brings', () => {
    const runs = table(RUN_TABLE.columns.filter(({ name }) => name !== 'Plan'));
    const pending = 'ALTER TABLE callgauge_runs ADD COLUMN IF NOT EXISTS Plan String AFTER Source;';
    expect(check({ callgauge_runs: runs }, 'write', pending)).toMatchObject({ hasRunId: true });
    expect(refusal({ callgauge_runs: runs })?.message).toContain(
      'callgauge_runs has no column Plan; String is wanted',
    );
  });

  it('with too many faults name the first and count the others', () => {
    expect(refusal({ otel_traces: table([]) })?.message).toContain('and 18 more');
  });
});

describe('queries on spans', () => {
  it('ask for a run by its trace ids where there is no column for it', () => {
    const layout = check({ otel_traces: spans({}, 'Distributed') });
    const sql = attemptQuery(layout, attemptsOfRun('6920b6a75d1f3c09', []), 'edges');
    expect(sql).not.toContain('otel_traces.RunId');
    expect(sql.match(/substring\(TraceId, 1, 16\) = \{runId:String\}/gu)).toHaveLength(3);
  });

  it('read attributes by path where they are JSON', () => {
    const json = check({ otel_traces: spans({ SpanAttributes: 'JSON' }) });
    const sql = queryFor(json, queryText('edges'));
    expect(sql).toContain("ifNull(toString(SpanAttributes.`server.address`), '')");
    expect(sql).not.toContain('SpanAttributes[');
  });

  it('give attributes by their whole names as text', () => {
    expect(
      attributesFromRow({
        http: { request: { method: 'GET' } },
        n: 5,
        yes: true,
        list: [1, 'a'],
        plain: 'x',
      }),
    ).toEqual({ 'http.request.method': 'GET', n: '5', yes: 'true', list: '[1,"a"]', plain: 'x' });
  });

  it('keep every digit of whole numbers that JSON columns hold', () => {
    const text = '{"id":9007199254740993,"ids":[18446744073709551615],"low":-7,"ratio":1e25}';
    expect(attributesFromRow(parseRow(text) as RowAttributes)).toEqual({
      id: '9007199254740993',
      ids: '[18446744073709551615]',
      low: '-7',
      ratio: '1e+25',
    });
  });
});

function check(
  seen: Readonly<Record<string, SeenTable>>,
  access: StoreAccess = 'write',
  pending = '',
): ReturnType<typeof checkTables> {
  return checkTables(new Map(Object.entries(seen)), { place: 'http://host/db', access, pending });
}

function refusal(
  seen: Readonly<Record<string, SeenTable>>,
  access: StoreAccess = 'write',
): HarnessError | undefined {
  try {
    check(seen, access);
    return undefined;
  } catch (error) {
    if (error instanceof HarnessError) return error;
    throw error;
  }
}

function spans(types: Readonly<Record<string, string>> = {}, engine = 'MergeTree'): SeenTable {
  const own = SPAN_TABLE.columns.map(({ name, type }) => ({ name, type: types[name] ?? type }));
  const more = Object.entries(types)
    .filter(([name]) => !own.some((c) => c.name === name))
    .map(([name, type]) => ({ name, type }));
  return table([...own, ...more], engine);
}

function table(
  columns: readonly { readonly name: string; readonly type: string }[],
  engine = 'MergeTree',
): SeenTable {
  return {
    engine,
    columns: new Map(columns.map(({ name, type }) => [name, { type, defaultKind: '' }])),
  };
}
