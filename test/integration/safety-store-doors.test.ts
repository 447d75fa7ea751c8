import { once } from 'node:events';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';

import {
  connectStore,
  serverStatus,
  startKeptServer,
  stopServer,
  type StoreAddress,
} from '../../src/store/index.ts';
import { freePort } from './free-port.ts';
import { freshFolder } from './local-store.ts';

/** What this reads of `store.json`, which its owner alone can read. */
interface StoreSecrets {
  readonly controlPort: number;
  readonly token: string;
  readonly password: string;
}

const folder = freshFolder();
const { dir } = folder;
let address: StoreAddress;
let version: string;
let secrets: StoreSecrets;

beforeAll(async () => {
  const status = await startKeptServer({ dir, httpPort: await freePort() });
  if (!status.running) throw new Error('the store did not start');
  ({ address, version } = status);
  secrets = JSON.parse(readFileSync(join(dir, 'store.json'), 'utf8')) as StoreSecrets;
});

afterAll(async () => {
  await stopServer({ dir });
  folder.remove();
});

const QUERY = '/?query=SELECT+1';

function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

function headers(user: string, password: string): Record<string, string> {
  return { 'x-clickhouse-user': user, 'x-clickhouse-key': password };
}

async function ask(path: string, init: RequestInit = {}): Promise<Response & { body: unknown }> {
  return fetch(`${address.url}${path}`, init);
}

/** What every answer to a stranger is: no, in a sentence, and nothing about who is behind it. */
async function expectRefused(answer: Response): Promise<void> {
  expect(answer.status).toBe(403);
  const text = await answer.text();
  expect(text).toContain('AUTHENTICATION_FAILED');
  const said = [text, ...[...answer.headers].flat()].join('\n').split(/[^\w.-]+/u);
  expect(said).not.toContain(version);
  expect(said).not.toContain(hostname());
  const names = [...answer.headers.keys()];
  expect(names.filter((name) => name.startsWith('access-control'))).toEqual([]);
}

describe('without the password nobody runs even SELECT 1', () => {
  const strangers: Readonly<Record<string, Record<string, string>>> = {
    'no user at all': {},
    'the user of the engine, in Authorization': basic('default', ''),
    'the user of the engine, in headers of ClickHouse': headers('default', ''),
    'the right user without a password': basic('callgauge', ''),
    'the right user with a wrong password': basic('callgauge', '0'.repeat(48)),
    'the same in headers of ClickHouse': headers('callgauge', '0'.repeat(48)),
    'a user that there is not': basic('admin', 'admin'),
  };
  it.each(Object.entries(strangers))('%s', async (_name, who) => {
    await expectRefused(await ask(QUERY, { headers: who }));
    await expectRefused(await ask('/', { method: 'POST', body: 'SELECT 1', headers: who }));
  });

  it('nor by the address alone, which a page could name in a form', async () => {
    await expectRefused(await ask(`${QUERY}&user=default&password=`));
    await expectRefused(await ask(`${QUERY}&user=callgauge&password=${secrets.password}`));
  });

  it('and a client is told what to do about it', async () => {
    for (const wrong of [
      { ...address, password: 'wrong' },
      { ...address, username: 'default', password: '' },
    ]) {
      await expect(connectStore(wrong)).rejects.toMatchObject({
        code: 'STORE_REFUSED',
        hint: expect.stringContaining('user:password'),
      });
    }
  });
});

describe('a web page', () => {
  const origin = { origin: 'http://page.example' };

  it('is allowed nothing by an OPTIONS request', async () => {
    await expectRefused(
      await ask('/', {
        method: 'OPTIONS',
        headers: { ...origin, 'access-control-request-headers': 'authorization' },
      }),
    );
  });

  it('reads no answer, also when it asks for the headers that would let it', async () => {
    await expectRefused(await ask(`${QUERY}&add_http_cors_header=1`, { headers: origin }));
  });

  it('reads none with the password either', async () => {
    const who = { ...origin, ...basic(address.username, address.password) };
    const answer = await ask(QUERY, { headers: who });
    expect(await answer.text()).toBe('1\n');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const asked = await ask(`${QUERY}&add_http_cors_header=1`, { headers: who });
    expect(asked.status).not.toBe(200);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });
});

test.each([
  ...['/ping', '/replicas_status', '/play', '/dashboard', '/binary', '/merges', '/schema'],
  ...['/jemalloc', '/webterminal', '/js/uplot.js', '/metrics', '/callgauge/otel_traces.csv'],
])('ClickHouse’s own %s is not there, for anybody', async (path) => {
  await expectRefused(await ask(path));
  await expectRefused(await ask(path, { headers: basic(address.username, address.password) }));
});

test('what the documents tell users to do works: with curl, and as clients of ClickHouse log in', async () => {
  for (const who of [
    basic(address.username, address.password),
    headers(address.username, address.password),
  ]) {
    const answer = await ask('/?database=default', {
      method: 'POST',
      body: 'SELECT 1',
      headers: who,
    });
    expect(await answer.text()).toBe('1\n');
  }
});

test('whoever has the password makes no tables of files, other servers or programs', async () => {
  const connection = await connectStore({ ...address, database: 'default' });
  for (const sql of [
    "SELECT * FROM file('a.csv')",
    "SELECT * FROM url('http://127.0.0.1:1/', LineAsString)",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    'CREATE TABLE a (a String) ENGINE = File(TSV)',
    "CREATE TABLE a (a String) ENGINE = URL('http://127.0.0.1:1/', LineAsString)",
    'CREATE USER a',
    'CREATE NAMED COLLECTION a AS a = 1',
    'CREATE FUNCTION a AS (b) -> b',
    'SYSTEM STOP LISTEN HTTP',
  ]) {
    await expect(connection.execute(sql), sql).rejects.toThrow(/code (?:497|46)\)/u);
  }
  await connection.close();
});

test('no query names a file, a server or a disk in a setting', async () => {
  const connection = await connectStore({ ...address, database: 'default' });
  await connection.execute('CREATE TABLE door (a String) ENGINE = MergeTree ORDER BY a');
  const disk = "disk = disk(type = web, endpoint = 'http://127.0.0.1:1/')";
  for (const sql of [
    `CREATE TABLE a (a String) ENGINE = MergeTree ORDER BY a SETTINGS ${disk}`,
    `CREATE TABLE a (a String) ENGINE = MergeTree ORDER BY a SETTINGS table_disk = 1, ${disk}`,
    `ALTER TABLE door MODIFY SETTING ${disk}`,
    "ALTER TABLE door MODIFY SETTING storage_policy = 'other'",
    "SELECT 1 AS a SETTINGS format_template_row = '/none'",
    "SELECT 1 AS a SETTINGS format_template_resultset = '/none'",
    "SELECT 1 AS a SETTINGS format_schema = '/none:A'",
    "SELECT 1 AS a SETTINGS format_schema_source = 'string'",
    "SELECT 1 AS a SETTINGS input_format_record_errors_file_path = '/none'",
    "SELECT 1 AS a SETTINGS format_avro_schema_registry_url = 'http://127.0.0.1:1/'",
  ]) {
    await expect(connection.execute(sql), sql).rejects.toThrow('(code 452)');
  }
  await connection.execute('DROP TABLE door');
  await connection.close();
});

test('a query has limits of memory, time and threads, and cannot lift them', async () => {
  const connection = await connectStore({ ...address, database: 'default' });
  const [limits] = await connection.select<Record<string, number>>(
    `SELECT getSetting('max_memory_usage') AS max_memory_usage,
            getSetting('max_memory_usage_for_user') AS max_memory_usage_for_user,
            toFloat64(getSetting('max_execution_time')) AS max_execution_time,
            toUInt64(getSetting('max_threads')) AS max_threads,
            getSetting('max_concurrent_queries_for_user') AS max_concurrent_queries_for_user`,
  );
  for (const [name, limit] of Object.entries(limits ?? {})) {
    expect(limit, name).toBeGreaterThan(0);
    // 0 threads are as many as the machine has cores, which may be no more than the limit.
    for (const wanted of name === 'max_threads' ? [limit + 1] : [0, limit + 1]) {
      await expect(
        connection.execute(`SELECT 1 SETTINGS ${name} = ${wanted}`),
        name,
      ).rejects.toThrow('(code 452)');
    }
  }
  expect(Object.keys(limits ?? {})).toHaveLength(5);
  await connection.close();
});

describe('the control port', () => {
  /** Resolves with all that came back when the other side has hung up. */
  async function answerTo(text: string): Promise<string> {
    const socket = connect(secrets.controlPort, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', () => {});
    socket.write(text);
    await once(socket, 'close');
    return answer;
  }

  it.each([
    ['no token', '{"ask":"stop"}\n'],
    ['a wrong token', `${JSON.stringify({ ask: 'stop', token: '0'.repeat(48) })}\n`],
    [
      'a token of as many letters in more bytes',
      `${JSON.stringify({ ask: 'stop', token: 'é'.repeat(48) })}\n`,
    ],
    ['what a web page can send', 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n{"ask":"stop"}\n'],
    ['a line without an end', 'a'.repeat(10_000)],
  ])('hangs up on %s, and the server stays', async (_name, text) => {
    expect(await answerTo(text)).toBe('');
    expect(await serverStatus({ dir })).toMatchObject({ running: true });
  });

  it('has room for a command however many connect and say nothing', async () => {
    const idle = Array.from({ length: 200 }, () => connect(secrets.controlPort, '127.0.0.1'));
    for (const socket of idle) socket.on('error', () => {});
    await Promise.all(idle.map((socket) => once(socket, 'connect')));
    expect(await serverStatus({ dir })).toMatchObject({ running: true, leases: 0 });
    // Those that came first made room for those that came last.
    const first = idle.slice(0, 100).filter((socket) => !socket.closed);
    await Promise.all(first.map((socket) => once(socket, 'close')));
    for (const socket of idle) socket.destroy();
  });
});
