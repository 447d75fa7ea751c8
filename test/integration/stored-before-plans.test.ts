import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Store } from '../../src/store/index.ts';
import { connectStore, migrate, openLocalStore, openStore } from '../../src/store/index.ts';
import { migrationFiles } from '../../src/store/sql-files.ts';
import { readLoad } from '../../src/run/prepare/read-load.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import { callgauge } from '../cli/callgauge-process.ts';
import { freshFolder } from './local-store.ts';

const FIXTURE = resolve(import.meta.dirname, '../fixtures/store-before-plans');
const TABLES = [
  'callgauge_runs',
  'callgauge_histograms',
  'callgauge_counters',
  'callgauge_errors',
  'otel_traces',
];
/** The last migration that callgauge 0.1.0 had when it stored these rows. */
const LAST_MIGRATION = 8;

interface Report {
  readonly metadata: { readonly runId: string; readonly storedAt: string };
}

/**
 * What the version that stored the runs printed of them; what is concluded of their calls
 * (intervals, refusals, recommended timeouts, thresholds) by the rules of today.
 */
interface Expected {
  readonly runs: readonly unknown[];
  readonly reports: readonly Report[];
  readonly trace: readonly { readonly traceId: string }[];
}

const expected = JSON.parse(read('expected.json')) as Expected;
const folder = freshFolder();
let store: Store;

beforeAll(async () => {
  const server = await openLocalStore({ dir: folder.dir });
  const connection = await connectStore(server);
  await migrate(
    connection,
    migrationFiles().filter(({ version }) => version <= LAST_MIGRATION),
  );
  for (const table of TABLES) {
    await connection.execute(`INSERT INTO ${table} FORMAT JSONEachRow\n${read(`${table}.jsonl`)}`);
  }
  await connection.close();
  store = await openStore({ dir: folder.dir });
  await server.release();
});
afterAll(async () => {
  await store.close();
  folder.remove();
});

it('has the migrations that were applied then, to the letter', async () => {
  const sql = 'SELECT Version, Name, Checksum FROM callgauge_migrations FINAL ORDER BY Version';
  const rows = await store.connection.select<{ Version: number }>(sql);
  const then = read('callgauge_migrations.jsonl').trim().split('\n');
  expect(rows.slice(0, LAST_MIGRATION)).toMatchObject(
    then
      .map((line) => JSON.parse(line) as { Version: number; Name: string; Checksum: string })
      .sort((a, b) => a.Version - b.Version)
      .map(({ Version, Name, Checksum }) => ({ Version, Name, Checksum })),
  );
});

it.each(expected.reports)(
  'reports a run as it was reported then: $metadata.runId',
  async (then) => {
    const { metadata, ...rest } = then;
    const { storedAt: _, ...known } = metadata;
    const { out, err } = await callgauge(['report', metadata.runId, '--json', ...dir()]);
    expect(err).toBe('');
    // New fields may come; those that were there stay.
    expect(JSON.parse(out)).toMatchObject({ metadata: known, ...rest });
  },
);

it('lists the runs as they were listed then', async () => {
  const { out } = await callgauge(['runs', '--json', ...dir()]);
  expect(JSON.parse(out)).toMatchObject(expected.runs);
});

it('shows a trace as it was shown then', async () => {
  const id = expected.trace[0]?.traceId ?? '';
  const { out } = await callgauge(['trace', id, '--json', ...dir()]);
  const { spans } = JSON.parse(out) as { readonly spans: readonly { readonly facts: unknown }[] };
  expect(spans.map(({ facts: _facts, ...span }) => span)).toEqual(expected.trace);
});

it('shows who called whom in a run', async () => {
  const runId = expected.trace[0]?.traceId.slice(0, 16) ?? '';
  const { out } = await callgauge(['graph', runId, '--json', ...dir()]);
  const { traceCount, edges } = JSON.parse(out) as {
    readonly traceCount: number;
    readonly edges: readonly { readonly caller: string; readonly calls: number }[];
  };
  expect(traceCount).toBeGreaterThan(0);
  const own = edges.filter(({ caller }) => caller === 'callgauge');
  expect(own.reduce((sum, { calls }) => sum + calls, 0)).toBe(traceCount);
  const { out: drawn } = await callgauge(['graph', runId, '--format', 'mermaid', ...dir()]);
  expect(drawn).toMatch(/^flowchart LR\n.*\["callgauge"\]\n.*-->/su);
});

it('replays the arrivals of a run', async () => {
  const [loadRun] = expected.reports;
  const scenario = parseScenario(
    `name: again
targets: { t: { url: http://127.0.0.1:1 } }
flows: { f: [{ step: a, target: t, http: { path: / } }] }
load: [{ phase: again, replay: { run: ${loadRun?.metadata.runId} } }]
`,
    'again.yaml',
  );
  const load = await readLoad(scenario, store.source, () => {});
  // 40 of the warm-up and 108 of the steady phase, as its report counts them; none of the users.
  expect(load[0]?.replay?.offsetsNs).toHaveLength(148);
});

function dir(): readonly string[] {
  return ['--dir', folder.dir];
}

function read(name: string): string {
  return gunzipSync(readFileSync(join(FIXTURE, `${name}.gz`))).toString('utf8');
}
