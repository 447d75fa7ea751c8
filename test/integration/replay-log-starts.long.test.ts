import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, get, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { NS_PER_MS, sleep, systemClock } from '../../src/core/index.ts';
import { readArrivalFile } from '../../src/replay/index.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { loggingListener } from './envoy-listener.ts';
import { freePort } from './free-port.ts';
import { installedPart, isInstalled } from './installed-parts.ts';

const HAS_NGINX = isInstalled('nginx', ['-v']);
const HAS_HAPROXY = isInstalled('haproxy', ['-v']);
const ENVOY = installedPart('bin/envoy');

/** Pauses between one request and the next: none of the kind that a reader could invent. */
const GAPS_MS = [40, 5, 130, 1, 60, 17, 90];
/** The header in which a server tells its upstream when it was asked, in ms or s by its clock. */
const STARTED = 'x-started';
/**
 * The logs and the header have whole milliseconds, each cut off or rounded on its own way, and
 * nginx takes a duration off: the difference of two starts is of four such numbers at most.
 */
const TOLERANCE_MS = 4;

const clock = systemClock();
const workplace = new Workplace();
const children: ChildProcess[] = [];
/** Stands still: it answers all of a server's requests at once, when the last has come. */
const held: ServerResponse[] = [];
let startedMs: number[] = [];
const upstream = createServer((request, response) => {
  const value = Number(request.headers[STARTED]);
  startedMs.push(String(request.headers[STARTED]).includes('.') ? value * 1_000 : value);
  held.push(response);
});
let upstreamPort = 0;

beforeAll(async () => {
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  upstreamPort = (upstream.address() as AddressInfo).port;
});
afterAll(async () => {
  for (const child of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
  upstream.close();
  upstream.closeAllConnections();
  workplace.remove();
});

describe('the log of a real server tells when it was asked, however long the answers took', () => {
  it.skipIf(!HAS_NGINX)('nginx', async () => {
    const port = await freePort();
    const log = join(workplace.storeDir, '..', 'nginx.log');
    const config = workplace.file('nginx.conf', nginxConfig(port, log));
    start('nginx', ['-c', config, '-p', join(config, '..')]);
    await expectStarts(port, log, () => readFileSync(log, 'utf8'));
  });

  it.skipIf(!HAS_HAPROXY)('HAProxy', async () => {
    const port = await freePort();
    let lines = '';
    const sink = createSocket('udp4').on('message', (line) => {
      if (line.includes('HTTP/1.1')) lines += line.toString('latin1');
    });
    sink.bind(0, '127.0.0.1');
    await once(sink, 'listening');
    const config = workplace.file('haproxy.cfg', haproxyConfig(port, sink.address().port));
    start('haproxy', ['-f', config, '-db']);
    await expectStarts(port, join(workplace.storeDir, '..', 'haproxy.log'), () => lines);
    sink.close();
  });

  it.skipIf(ENVOY === undefined).each(['text', 'json'] as const)('Envoy, %s', async (format) => {
    const port = await freePort();
    const log = join(workplace.storeDir, '..', `envoy-${format}.log`);
    const config = workplace.file(`envoy-${format}.json`, envoyConfig(port, log, format));
    const flush = ['--file-flush-interval-msec', '50'];
    start(ENVOY ?? '', ['-c', config, '-l', 'error', '--use-dynamic-base-id', ...flush]);
    await expectStarts(port, log, () => readFileSync(log, 'utf8'));
  });
});

/** Asks a server, and compares what its log tells of it with what the server told its upstream. */
async function expectStarts(port: number, path: string, log: () => string): Promise<void> {
  await askAll(port);
  await expect.poll(() => log().split('\n').length - 1).toBe(GAPS_MS.length + 1);
  writeFileSync(path, log());
  const { offsetsNs, remarks } = await readArrivalFile(path, {
    format: 'auto',
    timeField: undefined,
    methodField: undefined,
    pathField: undefined,
    durationField: undefined,
    durationUnit: undefined,
    timeOf: undefined,
    skipBadLines: false,
    wantsRequest: true,
  });
  const inOrder = startedMs.toSorted((a, b) => a - b);
  const wantedMs = inOrder.map((ms) => ms - (inOrder[0] ?? 0));
  expect(wantedMs).toHaveLength(GAPS_MS.length + 1);
  // They were held up long enough for their ends to be no starts.
  expect(wantedMs.at(-1)).toBeGreaterThan(GAPS_MS.reduce((sum, ms) => sum + ms, 0) / 2);
  for (const [i, ns] of offsetsNs.entries()) {
    const offMs = Math.abs(ns / NS_PER_MS - (wantedMs[i] ?? 0));
    expect(offMs, `of arrival ${i}, wanted ${wantedMs.join()} ms`).toBeLessThanOrEqual(
      TOLERANCE_MS,
    );
  }
  expect(remarks.filter((remark) => remark.includes('may be'))).toEqual([]);
}

async function askAll(port: number): Promise<void> {
  await listening(port);
  held.length = 0;
  startedMs = [];
  const answers: Promise<number | undefined>[] = [];
  for (const gapMs of [0, ...GAPS_MS]) {
    await sleep(clock, gapMs * NS_PER_MS);
    answers.push(ask(port));
    await expect.poll(() => held.length, { interval: 1 }).toBe(answers.length);
  }
  for (const response of held) response.end('ok');
  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
}

function ask(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path: '/orders', agent: false }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    }).on('error', reject);
  });
}

/** A connection without a request is in no log. */
async function listening(port: number): Promise<void> {
  await expect.poll(() => isOpen(port), { interval: 20 }).toBe(true);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

function start(program: string, args: readonly string[]): void {
  children.push(spawn(program, args, { stdio: 'ignore' }));
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
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${upstreamPort};
      proxy_set_header ${STARTED} $msec;
    }
  }
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
  timeout client 30s
  timeout server 30s
  timeout connect 30s
frontend f
  bind 127.0.0.1:${port}
  option dontlognull
  http-request set-header ${STARTED} %[date(0,ms)]
  default_backend b
backend b
  server s 127.0.0.1:${upstreamPort}
`;
}

function envoyConfig(port: number, log: string, format: 'json' | 'text'): string {
  const route = {
    match: { prefix: '/' },
    route: { cluster: 'upstream', timeout: '60s' },
    requestHeadersToAdd: [{ header: { key: STARTED, value: '%START_TIME(%s.%3f)%' } }],
  };
  const endpoint = {
    address: { socketAddress: { address: '127.0.0.1', portValue: upstreamPort } },
  };
  const cluster = {
    name: 'upstream',
    connectTimeout: '30s',
    loadAssignment: {
      clusterName: 'upstream',
      endpoints: [{ lbEndpoints: [{ endpoint }] }],
    },
  };
  const listeners = [loggingListener({ port, log, format, route })];
  return JSON.stringify({ staticResources: { listeners, clusters: [cluster] } });
}
