import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NS_PER_MS, type RunRecord } from '../../src/core/index.ts';
import { connectStore, openLocalStore, openStore, type LocalStore } from '../../src/store/index.ts';
import { refusingPort } from './free-port.ts';
import { HAS_OPENSSL } from './installed-parts.ts';
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

test('a server that is not there is told as unreachable, before anything else', async () => {
  const { port, release } = await refusingPort();
  const failure = openStore({ url: `http://ann:hunter2@127.0.0.1:${port}/x` });
  await expect(failure).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  await expect(failure).rejects.not.toThrow('hunter2');
  release();
});

test('a server that is silent does not answer in time', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const failure = connectStore(
    { ...local, url: `http://127.0.0.1:${port}` },
    { pingTimeoutNs: 100 * NS_PER_MS },
  );
  await expect(failure).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    message: expect.stringContaining('no answer in time'),
  });
  silent.close();
});

test('a port of something else is refused with the hint on the HTTP interface', async () => {
  const web = createHttpServer((_, response) => response.end('<html>hello</html>'));
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  const { port } = web.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  await expect(connectStore({ ...local, url })).rejects.toMatchObject({
    code: 'STORE_REFUSED',
    hint: expect.stringContaining('8123'),
  });
  web.close();
});

test('a server is refused with the hint on user and password where those are wrong', async () => {
  const url = local.url.replace('//', '//callgauge:hunter2@');
  const failure = openStore({ url });
  await expect(failure).rejects.toMatchObject({
    code: 'STORE_REFUSED',
    hint: expect.stringContaining('user:password'),
  });
  await expect(failure).rejects.not.toThrow('hunter2');
});

test('a server is reached by its URL too, each database apart', async () => {
  const url = local.url.replace('//', `//${local.username}:${local.password}@`);
  const remote = await openStore({ url: `${url}/elsewhere` });
  const run: RunRecord = {
    runId: '6a00000000000001',
    scenario: 'checkout',
    startedEpochMs: 1_795_000_000_000,
    endedEpochMs: 0,
    status: 'complete',
    seed: 1,
    phases: [],
    source: '',
    plan: '',
    verdict: '',
    harnessVersion: '0.1.0',
    environment: {},
  };
  await remote.sink.writeRun(run);
  expect(await remote.source.run('latest')).toEqual(run);
  expect(remote.description).not.toContain(local.password);
  await remote.close();
  expect(await fresh.store.source.run(run.runId)).toBeUndefined();
});

describe.skipIf(!HAS_OPENSSL)('a store behind TLS', () => {
  let folder: string;
  let tls: HttpsServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callgauge-store-tls-'));
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
        ...['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', '-subj', '/CN=store'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1'],
      ],
      { cwd: folder, stdio: 'ignore' },
    );
    const [cert, key] = ['cert.pem', 'key.pem'].map((f) => readFileSync(join(folder, f)));
    tls = createHttpsServer({ cert, key }, (asked, answer) => {
      const { method, headers, url = '' } = asked;
      const behind = request(`${local.url}${url}`, { method, headers }, (answered) => {
        answer.writeHead(answered.statusCode ?? 500, answered.headers);
        answered.pipe(answer);
      });
      asked.pipe(behind);
    }).listen(0, '127.0.0.1');
    await once(tls, 'listening');
  });

  afterAll(() => {
    tls.close();
    tls.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  function urlOf(host: string): string {
    const { port } = tls.address() as AddressInfo;
    return `https://${local.username}:${local.password}@${host}:${port}/over_tls`;
  }

  test('is refused with its own certificate, and reached once that is named', async () => {
    await expect(openStore({ url: urlOf('127.0.0.1') })).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
      hint: expect.stringContaining('--store-ca'),
    });
    const store = await openStore({ url: urlOf('127.0.0.1'), ca: join(folder, 'cert.pem') });
    expect(await store.source.runs(1)).toEqual([]);
    await store.close();
  });

  test('by another name, by http, by a file that is none: each says what is wrong', async () => {
    const ca = join(folder, 'cert.pem');
    await expect(openStore({ url: urlOf('localhost'), ca })).rejects.toMatchObject({
      message: expect.stringContaining('another name'),
    });
    const plain = urlOf('127.0.0.1').replace('https', 'http');
    await expect(openStore({ url: plain })).rejects.toMatchObject({
      hint: expect.stringContaining('https://'),
    });
    const noTls = `${local.url.replace('http', 'https')}/x`;
    await expect(openStore({ url: noTls })).rejects.toMatchObject({
      hint: expect.stringContaining('http://'),
    });
    await expect(
      openStore({ url: urlOf('127.0.0.1'), ca: join(folder, 'key.pem') }),
    ).rejects.toMatchObject({ code: 'USAGE_INVALID' });
  });
});
