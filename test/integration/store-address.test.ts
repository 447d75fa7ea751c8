import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NS_PER_MS, type RunRecord } from '../../src/core/index.ts';
import {
  connectStore,
  openLocalStore,
  openStore,
  serverStatus,
  type LocalStore,
} from '../../src/store/index.ts';
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
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const failure = openStore({ url: `http://ann:hunter2@127.0.0.1:${port}/x` });
  await expect(failure).rejects.toMatchObject({
    code: 'STORE_UNREACHABLE',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
  await expect(failure).rejects.not.toThrow('hunter2');
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
  const status = await serverStatus({ dir: fresh.dir });
  const nativePort = status.running ? status.tcpPort : 0;
  for (const wrongPort of [port, nativePort]) {
    const url = `http://127.0.0.1:${wrongPort}`;
    await expect(connectStore({ ...local, url })).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      hint: expect.stringContaining('8123'),
    });
  }
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
    status: 'running',
    seed: 1,
    phases: [],
    source: '',
    harnessVersion: '0.1.0',
    environment: {},
  };
  await remote.sink.writeRun(run);
  expect(await remote.source.run('latest')).toEqual(run);
  expect(remote.description).not.toContain(local.password);
  await remote.close();
  expect(await fresh.store.source.run(run.runId)).toBeUndefined();
});
