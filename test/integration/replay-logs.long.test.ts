import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openStore, type Store } from '../../src/store/index.ts';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';
import { loggingListener } from './envoy-listener.ts';
import { freePort } from './free-port.ts';
import { installedPart, isInstalled } from './installed-parts.ts';

const HAS_NGINX = isInstalled('nginx', ['-v']);
const HAS_HAPROXY = isInstalled('haproxy', ['-v']);
const ENVOY = installedPart('bin/envoy');

/** As a client may write them, and as they are asked for again. */
const TARGETS: readonly (readonly [sent: string, replayed: string])[] = [
  ['GET /plain?x=1%20y&z[]=2', 'GET /plain?x=1%20y&z[]=2'],
  ['GET /caf\u00c3\u00a9?q="x"&b=\\d', 'GET /caf%C3%A9?q=%22x%22&b=%5Cd'],
  ['DELETE /a%22b/c', 'DELETE /a%22b/c'],
  ['POST /%C3%A9?%zz', 'POST /%C3%A9?%zz'],
];

/** Envoy answers the others with 400: a quotation mark may not stand in a path. */
const ENVOY_TARGETS = TARGETS.filter(([sent]) => !sent.includes('"'));

const workplace = new Workplace();
const children: ChildProcess[] = [];
const came: string[] = [];
const upstream = createServer((request, response) => {
  came.push(`${request.method} ${request.url}`);
  request.resume();
  response.end('ok');
});
/** Held open, so that the runs share one server. */
let store: Store;
beforeAll(async () => {
  store = await openStore({ dir: workplace.storeDir });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});
afterAll(async () => {
  for (const child of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
  await store.close();
  upstream.close();
  upstream.closeAllConnections();
  workplace.remove();
});

describe('the log of a real server asks for what its clients asked for', () => {
  it.skipIf(!HAS_NGINX)('nginx', async () => {
    const port = await freePort();
    const log = join(workplace.storeDir, '..', 'nginx.log');
    const config = workplace.file('nginx.conf', nginxConfig(port, log));
    start('nginx', ['-c', config, '-p', join(config, '..')]);
    await sendAll(port, TARGETS);
    await replay('nginx', log, TARGETS);
  });

  it.skipIf(!HAS_HAPROXY)('HAProxy', async () => {
    const port = await freePort();
    const lines: string[] = [];
    const sink = createSocket('udp4').on('message', (line) => lines.push(line.toString('latin1')));
    sink.bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const config = workplace.file('haproxy.cfg', haproxyConfig(port, sink.address().port));
    start('haproxy', ['-f', config, '-db']);
    await sendAll(port, TARGETS);
    while (lines.filter((line) => line.includes('HTTP/1.1')).length < TARGETS.length) {
      await once(sink, 'message');
    }
    sink.close();
    const log = workplace.file(
      'haproxy.log',
      lines.filter((line) => line.includes('HTTP/1.1')).join(''),
    );
    await replay('haproxy', log, TARGETS);
  });

  it.skipIf(ENVOY === undefined).each(['text', 'json'] as const)('Envoy, %s', async (format) => {
    const port = await freePort();
    const log = join(workplace.storeDir, '..', `envoy-${format}.log`);
    const config = workplace.file(`envoy-${format}.json`, envoyConfig(port, log, format));
    const flush = ['--file-flush-interval-msec', '50'];
    start(ENVOY ?? '', ['-c', config, '-l', 'error', '--use-dynamic-base-id', ...flush]);
    await sendAll(port, ENVOY_TARGETS);
    await replay(`envoy-${format}`, log, ENVOY_TARGETS);
  });
});

async function replay(name: string, log: string, targets: typeof TARGETS): Promise<void> {
  const lineCount = (): number => readFileSync(log, 'utf8').split('\n').length - 1;
  await expect.poll(lineCount).toBe(targets.length);
  came.length = 0;
  const { port } = upstream.address() as AddressInfo;
  const path = workplace.file(
    `${name}.yaml`,
    `name: ${name}
targets: { t: { url: "http://127.0.0.1:${port}" } }
flows: { f: [{ step: a, target: t, http: { method: "\${replay.method}", path: "\${replay.path}" } }] }
load: [{ phase: log, replay: { file: ${JSON.stringify(log)} } }]
`,
  );
  expectExit(await callgauge(['run', path, '--dir', workplace.storeDir]), 0);
  expect(came.toSorted()).toEqual(targets.map(([, replayed]) => replayed).toSorted());
}

function start(program: string, args: readonly string[]): void {
  children.push(spawn(program, args, { stdio: 'ignore' }));
}

/** One after the other, so that the log has them in this order. */
async function sendAll(port: number, targets: typeof TARGETS): Promise<void> {
  for (const [target] of targets) await send(port, target);
}

async function send(port: number, target: string): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `${target} HTTP/1.1\r\nhost: a.test\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      'latin1',
    );
    try {
      let answer = '';
      for await (const bytes of socket) answer += String(bytes);
      expect(answer).toMatch(/^HTTP\/1\.1 200 /u);
      return;
    } catch (error) {
      // It does not listen yet.
      if (!String(error).includes('ECONNREFUSED')) throw error;
    }
  }
}

function nginxConfig(port: number, log: string): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${log}.${kind};`,
  );
  return `daemon off; worker_processes 1; pid ${log}.pid; error_log ${log}.errors;
events { worker_connections 64; }
http {
  ${temp.join(' ')}
  log_format timed '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "-" "-" $msec $request_time';
  access_log ${log} timed;
  server { listen 127.0.0.1:${port}; location / { return 200 "ok"; } }
}
`;
}

function haproxyConfig(port: number, sinkPort: number): string {
  return `global
  log 127.0.0.1:${sinkPort} local0
defaults
  mode http
  log global
  option httplog
  option accept-invalid-http-request
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend f
  bind 127.0.0.1:${port}
  http-request return status 200
`;
}

function envoyConfig(port: number, log: string, format: 'json' | 'text'): string {
  const route = { match: { prefix: '/' }, directResponse: { status: 200 } };
  const listeners = [loggingListener({ port, log, format, route })];
  return JSON.stringify({ staticResources: { listeners } });
}
