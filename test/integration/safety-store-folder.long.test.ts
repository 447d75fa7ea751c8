import {
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  chmodSync,
  cpSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import {
  connectStore,
  openLocalStore,
  openStore,
  spoolFolder,
  startKeptServer,
  stopServer,
} from '../../src/store/index.ts';
import { SpoolFile } from '../../src/store/spool/spool-file.ts';
import type { InsertFrame } from '../../src/store/spool/spool-frame.ts';
import { callgauge } from '../cli/callgauge-process.ts';
import { listeningOf } from './listening-sockets.ts';
import { freshFolder } from './local-store.ts';

let folder = freshFolder();
let dir = folder.dir;

beforeEach(() => {
  folder = freshFolder();
  dir = folder.dir;
});
afterEach(async () => {
  if (dir === folder.dir) await stopServer({ dir }).catch(() => {});
  folder.remove();
});

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true, mode: 0o700 });
  writeFileSync(join(dir, path), text, { mode: 0o600 });
}

it('a store that came with a checkout is refused in a sentence, and nothing of it is run', async () => {
  plant('store/metadata/default.sql', 'ATTACH DATABASE _ ENGINE = Atomic\n');
  plant('store/config/password', `${'5'.repeat(48)}\n`);
  for (const args of [['runs'], ['store', 'start']]) {
    const { code, err } = await callgauge([...args, '--dir', dir]);
    expect(code, err).toBe(110);
    expect(err).toContain(`${join(dir, 'store')} was not made by callgauge where it is`);
    expect(err).toContain('callgauge store trust');
  }
});

it('a store that was copied is taken over by store trust, with a new password', async () => {
  const store = await openStore({ dir });
  await store.connection.execute('CREATE TABLE kept (a UInt8) ENGINE = MergeTree ORDER BY a');
  await store.connection.execute('INSERT INTO kept VALUES (7)');
  await store.close();
  const before = readFileSync(join(dir, 'store', 'config', 'password'), 'utf8');
  const copy = join(dirname(dir), 'copy');
  cpSync(dir, copy, { recursive: true });
  expect((await callgauge(['runs', '--dir', copy])).code).toBe(110);
  const trusted = await callgauge(['store', 'trust', '--dir', copy]);
  expect(trusted).toMatchObject({
    code: 0,
    out: expect.stringContaining('is trusted from now on'),
  });
  const again = await openStore({ dir: copy });
  expect(await again.connection.select('SELECT a FROM kept')).toEqual([{ a: 7 }]);
  await again.close();
  expect(readFileSync(join(copy, 'store', 'config', 'password'), 'utf8')).not.toBe(before);
});

it('a spool that came with a checkout is inserted nowhere until it is trusted', async () => {
  const store = await openStore({ dir });
  await store.connection.execute('CREATE TABLE billing (x String) ENGINE = MergeTree ORDER BY x');
  await store.close();
  const server = await startKeptServer({ dir });
  if (!server.running) throw new Error('unreachable: it was started');
  const { url, username, password, database } = server.address;
  const checkout = join(dirname(dir), 'checkout');
  const remote = ['--store', `${url.replace('//', `//${username}:${password}@`)}/${database}`];
  const cases = [
    { spool: spoolFolder(dir), args: ['--dir', dir], trusted: dir },
    {
      spool: spoolFolder(checkout, server.address),
      args: ['--dir', checkout, ...remote],
      trusted: checkout,
    },
  ];
  for (const { spool, args, trusted } of cases) {
    mkdirSync(spool, { recursive: true, mode: 0o700 });
    const file = SpoolFile.create(join(spool, 'made'));
    for (const table of ['billing', 'callgauge_counters']) file.append(plantedIn(table));
    file.close();
    cpSync(join(spool, 'made'), join(spool, '0.spool'));
    rmSync(join(spool, 'made'));
    const refused = await callgauge(['runs', ...args]);
    expect(refused.code, refused.err).toBe(110);
    expect(refused.err).toContain('was not written by callgauge where it is');
    expect((await callgauge(['store', 'trust', '--dir', trusted])).code).toBe(0);
    const taken = await callgauge(['runs', ...args]);
    expect(taken.code, taken.err).toBe(0);
    expect(taken.err).toContain(join(spool, '0.damaged'));
  }
  const again = await connectStore(server.address);
  expect(await again.select('SELECT x FROM billing')).toEqual([]);
  await again.close();
});

/** An insert of one row, into a column that all the tables have or none. */
function plantedIn(table: string): InsertFrame {
  const column = table === 'billing' ? 'x' : 'RunId';
  const text = (value: string): Buffer => Buffer.from([value.length, ...Buffer.from(value)]);
  const parts = [Buffer.from([1, 1]), text(column), text('String'), text('6a00000000000bad')];
  return { table, columns: [column], token: table, rows: 1, blocks: [Buffer.concat(parts)] };
}

it('what lies beside the configuration is refused, what lies elsewhere is not read', async () => {
  await (await openLocalStore({ dir })).release();
  // What a ClickHouse server reads by itself in one layout or another.
  const intruder = `<clickhouse>
    <users><intruder><password>a</password><networks><ip>::/0</ip></networks></intruder></users>
    <macros><intruder>1</intruder></macros><mysql_port>1</mysql_port>
  </clickhouse>`;
  for (const path of [
    ...['config.xml', 'users.xml', 'server.xml', 'config.d/a.xml', 'users.d/a.xml', 'conf.d/a.xml'],
    ...['preprocessed_configs/config.xml', 'preprocessed_configs/users.xml'],
  ]) {
    plant(`store/${path}`, intruder);
  }
  plant('store/access/need_rebuild_lists.mark', '');
  plant('store/named_collections/intruder.sql', 'CREATE NAMED COLLECTION intruder AS a = 1\n');
  plant('store/user_scripts/intruder', '#!/bin/sh\necho 1\n');
  chmodSync(join(dir, 'store/user_scripts/intruder'), 0o700);

  const local = await openLocalStore({ dir });
  const connection = await connectStore({ ...local, database: 'default' });
  expect(await connection.select('SELECT name, storage FROM system.users ORDER BY name')).toEqual([
    { name: 'callgauge', storage: 'users_xml' },
    { name: 'default', storage: 'users_xml' },
  ]);
  expect(await connection.select('SELECT * FROM system.macros')).toEqual([]);
  expect(await connection.select('SELECT * FROM system.named_collections')).toEqual([]);
  await expect(
    connection.select("SELECT * FROM executable('intruder', TSV, 'a String')"),
  ).rejects.toThrow('does not exist');
  if (process.platform === 'linux') expect(listeningOf([local.pid])).toHaveLength(2);
  await connection.close();
  await local.release();

  plant('store/config/users.d/a.xml', intruder);
  await expect(openLocalStore({ dir })).rejects.toMatchObject({
    code: 'STORE_UNTRUSTED',
    message: expect.stringContaining(join('config', 'users.d')),
  });
});

it('a link in place of the folder is refused, with what to name instead', async () => {
  const link = join(dirname(dir), 'link');
  mkdirSync(dir, { mode: 0o700 });
  symlinkSync(dir, link);
  const { code, err } = await callgauge(['store', 'status', '--dir', link]);
  expect(code).toBe(110);
  expect(err).toContain(`--dir ${dir}`);
  rmSync(link);
});

it('a folder in which others can write is refused, with the command that mends it', async () => {
  mkdirSync(dir);
  chmodSync(dir, 0o777);
  const { code, err } = await callgauge(['runs', '--dir', dir]);
  expect(code).toBe(110);
  expect(err).toContain(`chmod 700 ${dir}`);
});

it('the server has the environment of a program, not that of the command', async () => {
  const { code, err } = await callgauge(['store', 'start', '--dir', dir], {
    env: { SOME_TOKEN: 'hunter2', CALLGAUGE_STORE_CA: '/hunter2' },
  });
  expect(code, err).toBe(0);
  const { pid } = JSON.parse(readFileSync(join(dir, 'store.json'), 'utf8')) as { pid: number };
  if (process.platform !== 'linux') return;
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
  expect(environment).toContain('PATH=');
  expect(environment).not.toContain('hunter2');
});
