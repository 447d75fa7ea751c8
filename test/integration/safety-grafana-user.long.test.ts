import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { expandMacros } from '../../src/dashboards/index.ts';
import { connectStore, openStore } from '../../src/store/index.ts';
import { dashboardOf, sqlOf } from '../dashboards/dashboard-model.ts';
import { RUN_ID, RUN_SEC, STARTED_MS, STEPS, syntheticRun } from '../dashboards/synthetic-run.ts';
import { freePort } from './free-port.ts';

const USER_FILE = resolve(import.meta.dirname, '../../deploy/clickhouse/grafana-user.xml');
const HOLDER = resolve(import.meta.dirname, 'engine-holder.ts');

/** What the image of docker-compose.yml makes of its environment, as far as users go. */
const USERS = `<clickhouse>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default><password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile></default>
    <callgauge><password>admin</password><networks><ip>::/0</ip></networks><profile>default</profile></callgauge>
  </users>
</clickhouse>`;

/** The rule for constraints is that of the configuration that the image comes with. */
function serverConfig(dir: string): string {
  return `<clickhouse>
  <user_directories><users_xml><path>${join(dir, 'users.xml')}</path></users_xml></user_directories>
  <access_control_improvements>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
</clickhouse>`;
}

let dir: string;
let server: ChildProcess;
let url: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'callgauge-grafana-'));
  mkdirSync(join(dir, 'users.d'));
  copyFileSync(USER_FILE, join(dir, 'users.d', 'grafana-user.xml'));
  writeFileSync(join(dir, 'users.xml'), USERS);
  writeFileSync(join(dir, 'server.xml'), serverConfig(dir));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  server = spawn(process.execPath, [HOLDER, dir, String(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, GRAFANA_CLICKHOUSE_PASSWORD: 'look' },
  });
  const admin = { url, username: 'callgauge', password: 'admin', database: 'callgauge' };
  await vi.waitFor(async () => (await connectStore(admin)).close(), {
    timeout: 60_000,
    interval: 50,
  });
  const store = await openStore({ url: url.replace('//', '//callgauge:admin@') });
  const { run, histograms, counters, faultWindows, spans } = syntheticRun();
  await store.sink.writeRun(run);
  await store.sink.writeHistograms(RUN_ID, histograms);
  await store.sink.writeCounters(RUN_ID, counters);
  await store.sink.writeFaultWindows(RUN_ID, faultWindows);
  await store.sink.writeSpans(spans);
  await store.connection.execute('CREATE DATABASE other');
  await store.connection.execute('CREATE TABLE other.t (a UInt8) ENGINE = Memory');
  await store.close();
});

afterAll(() => {
  server?.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** Asks as the data source does: POST, with a time of its own for the query. */
async function ask(sql: string, settings = 'max_execution_time=65', password = 'look') {
  const answer = await fetch(`${url}/?database=callgauge&default_format=JSON&${settings}`, {
    method: 'POST',
    body: sql,
    headers: { 'x-clickhouse-user': 'grafana', 'x-clickhouse-key': password },
  });
  return { status: answer.status, text: await answer.text() };
}

describe('the user that Grafana asks as', () => {
  const queries = ['run-overview.json', 'services.json'].flatMap((file) =>
    sqlOf(dashboardOf(file)).map(([name, sql]) => [`${file}: ${name}`, sql] as const),
  );

  it.each(queries)('reads what the dashboards ask for: %s', async (name, sql) => {
    const trace = syntheticRun().spans[0]?.traceId ?? '';
    const text = expandMacros(sql, {
      // What is slow is told against the time before.
      fromMs: name.includes('Failed and slow') ? STARTED_MS + 15_000 : STARTED_MS,
      toMs: STARTED_MS + RUN_SEC * 1_000,
      intervalSec: 2,
      variables: { run: RUN_ID, step: STEPS, service: '', trace },
    });
    const answer = await ask(text);
    expect(answer).toMatchObject({ status: 200 });
    expect((JSON.parse(answer.text) as { rows: number }).rows).toBeGreaterThan(0);
  });

  it('reads what the data source lists: databases, tables and columns that it may read', async () => {
    const { text } = await ask('SELECT DISTINCT database FROM system.tables');
    expect(text).toContain('callgauge');
    expect(text).not.toContain('other');
  });

  it.each([
    ['rows', 'INSERT INTO callgauge_errors (RunId) VALUES (1)'],
    ['tables', 'CREATE TABLE t (a UInt8) ENGINE = Memory'],
    ['the end of tables', 'DROP TABLE otel_traces'],
    ['other columns', 'ALTER TABLE otel_traces DROP COLUMN Duration'],
    ['temporary tables', 'CREATE TEMPORARY TABLE t (a UInt8)'],
    ['what others keep', 'SELECT * FROM other.t'],
    ['files', "SELECT * FROM file('a.csv')"],
    ['other servers', "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)"],
    ['ClickHouses', "SELECT * FROM remote('127.0.0.1:1', system.one)"],
    ['users', 'CREATE USER a'],
    ['an end of queries', 'KILL QUERY WHERE 1'],
    ['an end of the server', 'SYSTEM SHUTDOWN'],
  ])('is refused %s', async (_name, sql) => {
    const { status, text } = await ask(sql);
    expect(status, text).not.toBe(200);
    expect(text).toMatch(/ACCESS_DENIED|READONLY/u);
  });

  it.each([
    ['max_execution_time=0', 'SETTING_CONSTRAINT_VIOLATION'],
    ['max_execution_time=600', 'SETTING_CONSTRAINT_VIOLATION'],
    ['max_memory_usage=0', 'READONLY'],
    ['max_threads=64', 'READONLY'],
    ['max_result_rows=0', 'READONLY'],
    ['readonly=0', 'READONLY'],
  ])('cannot lift its limits: %s', async (setting, why) => {
    const { status, text } = await ask('SELECT 1', setting);
    expect(status).not.toBe(200);
    expect(text).toContain(why);
  });

  it('gets no answer of more than a million rows', async () => {
    const { text } = await ask('SELECT number FROM numbers(1000001)', 'wait_end_of_query=1');
    expect(text).toContain('TOO_MANY_ROWS_OR_BYTES');
  });

  it('is nobody without the password of the environment', async () => {
    expect((await ask('SELECT 1', '', '')).text).toContain('AUTHENTICATION_FAILED');
  });
});
