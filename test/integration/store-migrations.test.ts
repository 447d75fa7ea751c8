import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ClickHouseSource,
  connectStore,
  migrate,
  openLocalStore,
  type LocalStore,
  type StoreConnection,
} from '../../src/store/index.ts';
import { migrationFiles } from '../../src/store/sql-files.ts';
import { freshStore, type FreshStore } from './local-store.ts';

let fresh: FreshStore;
let local: LocalStore;

beforeAll(async () => {
  fresh = await freshStore();
  local = await openLocalStore({ dir: fresh.dir });
});

afterAll(async () => {
  await local.release();
  await fresh.close();
});

test('a second time there is nothing to do', async () => {
  expect(await migrate(fresh.store.connection)).toEqual([]);
});

test('two processes at once both succeed, and each version counts once', async () => {
  const names = await Promise.all(
    ['a', 'b', 'c'].map(async () => {
      const other = await connectStore({ ...local, database: 'migrated_at_once' });
      const applied = await migrate(other);
      await other.close();
      return applied;
    }),
  );
  expect(names.flat()).toContain('0001_migrations');
  const other = await connectStore({ ...local, database: 'migrated_at_once' });
  expect(await migrate(other)).toEqual([]);
  const rows = await other.select<{ Version: number }>(
    'SELECT Version FROM callgauge_migrations FINAL ORDER BY Version',
  );
  expect(rows.map((row) => row.Version)).toEqual(migrationFiles().map((file) => file.version));
  await other.close();
});

test('one that was edited after it was applied is refused', async () => {
  const edited = migrationFiles().map((file) =>
    file.version === 2 ? { ...file, text: `${file.text}\n-- changed` } : file,
  );
  await expect(migrate(fresh.store.connection, edited)).rejects.toMatchObject({
    code: 'MIGRATION_CHANGED',
    message: expect.stringContaining('0002_otel_traces'),
  });
});

test('only the new one is applied', async () => {
  const added = {
    version: 9_000,
    name: '9000_more',
    text: 'CREATE TABLE IF NOT EXISTS more (a UInt8) ENGINE = Memory;\n',
  };
  expect(await migrate(fresh.store.connection, [...migrationFiles(), added])).toEqual([
    '9000_more',
  ]);
  expect(await migrate(fresh.store.connection)).toEqual([]);
});

test('a new table of spans has small granules, and one that stands there stays as it is', async () => {
  const granules = async (of: StoreConnection): Promise<string> => {
    const [row] = await of.select<{ statement: string }>('SHOW CREATE TABLE otel_traces');
    return /index_granularity = \d+/u.exec(row?.statement ?? '')?.[0] ?? '';
  };
  expect(await granules(fresh.store.connection)).toBe('index_granularity = 2048');
  const old = await connectStore({ ...local, database: 'large_granules' });
  await migrate(
    old,
    migrationFiles().filter((file) => file.version < 15),
  );
  expect(await migrate(old)).toContain('0015_smaller_granules');
  expect(await granules(old)).toBe('index_granularity = 8192');
  await old.close();
});

test('a setting of tables that the server does not know is left out', async () => {
  const old = await connectStore({ ...local, database: 'older_server' });
  const settings = {
    version: 9_000,
    name: '9000_settings',
    text: [
      'CREATE TABLE IF NOT EXISTS plain (a UInt8) ENGINE = MergeTree ORDER BY a;',
      'ALTER TABLE plain\n    MODIFY SETTING kept_in_the_moon = 1;',
      'ALTER TABLE plain\n    ADD COLUMN IF NOT EXISTS b UInt8;\n',
    ].join('\n'),
  };
  expect(await migrate(old, [...migrationFiles(), settings])).toContain('9000_settings');
  expect(await old.select('SELECT a, b FROM plain')).toEqual([]);
  await old.close();
});

test('spans that were stored with a column RunId keep their run, also where it is done again', async () => {
  const old = await connectStore({ ...local, database: 'run_id_column' });
  const before = migrationFiles().filter((file) => file.version < 14);
  await migrate(old, before);
  await old.execute(
    `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ServiceName, SpanName)
     VALUES (1, '00000000000000aa0000000000000001', 'a1', 'front', 'GET /'),
            (2, '00000000000000bb0000000000000002', 'b1', 'front', 'GET /')`,
  );
  const ofRun = (): Promise<readonly unknown[]> =>
    old.select(`SELECT SpanId FROM otel_traces WHERE otel_traces.RunId = '00000000000000bb'`);
  expect(await ofRun()).toEqual([{ SpanId: 'b1' }]);
  const applied = await migrate(old);
  expect(applied).toContain('0014_smaller_spans');
  expect(await ofRun()).toEqual([{ SpanId: 'b1' }]);
  await old.execute('DROP TABLE callgauge_errors SYNC');
  expect(await migrate(old)).toContain('0014_smaller_spans');
  expect(await ofRun()).toEqual([{ SpanId: 'b1' }]);
  await old.close();
});

test('a run that was stored before phases had a model is read as an open one', async () => {
  const old = await connectStore({ ...local, database: 'before_models' });
  await migrate(
    old,
    migrationFiles().filter((file) => file.version < 5),
  );
  await old.execute(
    `INSERT INTO callgauge_runs (RunId, Scenario, Status, \`Phases.Name\`, \`Phases.FromNs\`,
       \`Phases.ToNs\`, \`Phases.Measured\`)
     VALUES ('00000000000000aa', 'old', 'complete', ['warm-up', 'steady'], [0, 5], [5, 9], [false, true])`,
  );
  expect(await migrate(old)).toContain('0005_phase_model');
  const run = await new ClickHouseSource(old).run('00000000000000aa');
  expect(run?.phases).toEqual([
    { name: 'warm-up', fromNs: 0, toNs: 5, model: 'open', measured: false },
    { name: 'steady', fromNs: 5, toNs: 9, model: 'open', measured: true },
  ]);
  await old.close();
});
