import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { processMark } from '../../src/core/index.ts';
import { connectStore, openLocalStore, openStore, startKeptServer } from '../../src/store/index.ts';
import { callgauge, CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';
import { freshFolder } from './local-store.ts';

let folder = freshFolder();
let workplace: Workplace;
const servers: Server[] = [];

beforeEach(() => {
  folder = freshFolder();
  workplace = new Workplace();
});

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
  workplace.remove();
  folder.remove();
});

/** Starts what tells its version as ClickHouse does, so many times, and then says nothing. */
async function falteringStore(answers: number): Promise<string> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (++count <= answers) response.end('{"version":"26.7.2.1"}\n');
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`;
}

test('a store that tells its version and then nothing is told as silent', async () => {
  const { code, err } = await callgauge(['runs', '--store', await falteringStore(1)]);
  expect(code, err).toBe(110);
  expect(err).toContain('does not answer: no answer in time');
  expect(err).toContain('after --store');
});

test.each([0, 1])('Ctrl-C ends a run whose store fell silent after %i answers', async (answers) => {
  const scenario = workplace.file(
    's.yaml',
    `name: silent
targets: { web: { url: "http://127.0.0.1:9" } }
flows: { f: [ { step: get, target: web, http: { path: / } } ] }
load: [ { phase: steady, arrivals: { process: constant, rate: 5/s }, for: 1s } ]
`,
  );
  const store = await falteringStore(answers);
  const run = new CallgaugeProcess(['run', scenario, '--store', store], { cwd: workplace.folder });
  await run.says(/opening the store/u);
  run.child.kill('SIGINT');
  const { code, err } = await run.ended();
  expect(code, err).toBe(130);
  expect(err).toContain('nothing was sent');
});

test('a store that freezes in the middle of a query is told, and is ended', async () => {
  const local = await openLocalStore({ dir: folder.dir });
  const connection = await connectStore({ ...local, database: 'default' }, { isLocal: true });
  const query = connection.select(
    'SELECT sum(sleepEachRow(1)) FROM numbers(60) SETTINGS max_block_size = 1',
  );
  const begun = 'SELECT count() AS N FROM system.processes WHERE query LIKE {like:String}';
  const isBegun = async (): Promise<unknown> =>
    connection.select(begun, { like: 'SELECT sum(sleepEachRow%' });
  await expect.poll(isBegun).toEqual([{ N: 1 }]);
  process.kill(local.pid, 'SIGSTOP');
  await expect(query).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    message: expect.stringContaining('no answer in time'),
    hint: expect.stringContaining('store.log'),
  });
  await connection.close();
  await local.release();
  await expect.poll(() => processMark(local.pid)).toBeUndefined();
});

test('a folder that was removed while its server runs is told as that', async () => {
  const store = await openStore({ dir: folder.dir });
  rmSync(folder.dir, { recursive: true, force: true });
  const text = (value: string): Buffer => Buffer.from([value.length, ...Buffer.from(value)]);
  const parts = [Buffer.from([1, 1]), text('RunId'), text('String'), text('6a00000000000bad')];
  const blocks = [Buffer.concat(parts)];
  const frame = { table: 'callgauge_counters', columns: ['RunId'], token: 'a', rows: 1, blocks };
  const written = store.connection.insertFrame(frame);
  await expect(written).rejects.toMatchObject({
    message: expect.stringContaining(`its folder ${folder.dir} was removed`),
    hint: expect.stringContaining('made anew'),
  });
  await store.close();
});

test('a query that takes long is waited for while its server answers', async () => {
  const server = await startKeptServer({ dir: folder.dir });
  if (!server.running) throw new Error('unreachable: it was started');
  const connection = await connectStore({ ...server.address, database: 'default' });
  try {
    // Twelve seconds: longer than a server may be silent, and without a byte of its answer.
    const rows = await connection.select(
      'SELECT sum(sleepEachRow(1)) AS Zero FROM numbers(12) SETTINGS max_block_size = 1',
    );
    expect(rows).toEqual([{ Zero: 0 }]);
  } finally {
    await connection.close();
    process.kill(server.pid, 'SIGTERM');
  }
});

/** Keeps this thread from everything until a text stands in a file, for a minute at most. */
function standUntil(file: string, text: string): void {
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  for (let i = 0; i < 3_000 && !readFileSync(file, 'utf8').includes(text); i++) {
    Atomics.wait(nobody, 0, 0, 20);
  }
}

test('a server that gave up on a command that had no processor is started again', async () => {
  const log = join(folder.dir, 'store.log');
  const opening = openLocalStore({ dir: folder.dir });
  await expect.poll(() => existsSync(log), { interval: 1 }).toBe(true);
  standUntil(log, 'stopped');
  expect(readFileSync(log, 'utf8')).toContain('stopping: no command came to use it');
  const local = await opening;
  const connection = await connectStore({ ...local, database: 'default' }, { isLocal: true });
  expect(await connection.select('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await connection.close();
  await local.release();
});
