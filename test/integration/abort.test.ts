import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';

/** A run of the command line that ends itself. */
const workplace = new Workplace();
let server: Server;
let url: string;

beforeAll(async () => {
  let calls = 0;
  server = createServer((_request, response) => {
    response.statusCode = calls++ % 2 === 0 ? 200 : 500;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  workplace.remove();
});

it('ends with 99 as soon as a threshold has failed for sure, and is a complete run', async () => {
  const file = workplace.file(
    'abort.yaml',
    `name: abort
targets: { api: { url: "${url}" } }
flows: { look: [{ step: home, target: api, timeout: 20s, http: { path: / } }] }
load: [{ phase: steady, arrivals: { rate: 20/s }, for: 10m }]
thresholds: [{ threshold: home.errors count < 5, abortOnFail: true }]
`,
  );
  const dir = ['--dir', workplace.storeDir];
  const ended = await callgauge(['run', file, '--json', ...dir]);
  expectExit(ended, 99);
  expect(JSON.parse(ended.out)).toMatchObject({
    metadata: {
      status: 'complete',
      partial: false,
      loadEnd: { kind: 'failed', reason: 'failed: home.errors count < 5' },
    },
  });
  const runs = await callgauge(['runs', ...dir]);
  expect(runs.out).toContain('ended early');
});
