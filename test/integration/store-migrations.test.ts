import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ClickHouseSource,
  connectStore,
  migrate,
  openLocalStore,
  type LocalStore,
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
