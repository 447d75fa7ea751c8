import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { connect as dial } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { Workplace } from '../../cli/callgauge-process.ts';
import { freePort } from '../free-port.ts';
import { installedPart, isInstalled } from '../installed-parts.ts';
import { CountingUpstream } from './counting-upstream.ts';
import {
  caseName,
  CASES,
  EDGES,
  ENDS_MS,
  exported,
  leastMs,
  type Kind,
} from './exported-policies.ts';

const ENVOY = installedPart('bin/envoy');
const HAS_NGINX = isInstalled('nginx', ['-v']);
const HAS_HAPROXY = isInstalled('haproxy', ['-v']);

const workplace = new Workplace();
const children: ChildProcess[] = [];
let upstream: CountingUpstream;
/** Nobody listens there. */
let deadPort: number;

beforeAll(async () => {
  upstream = await CountingUpstream.start(3);
  deadPort = await freePort();
});
afterAll(async () => {
  for (const child of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
  await upstream.close();
  workplace.remove();
});

/** A proxy with an exported file: to the upstream, and to a dead port beside the upstream. */
interface Proxy {
  /** Its own check of the file; what it wrote. */
  readonly check: { readonly status: number | null; readonly output: string };
  readonly port: number;
  readonly halfDeadPort: number;
}

describe.skipIf(ENVOY === undefined)('Envoy with the exported file', () => {
  let proxy: Proxy;
  let adminPort: number;
  beforeAll(async () => {
    const ports = [await freePort(), await freePort()] as const;
    adminPort = await freePort();
    const config = workplace.file('envoy.json', JSON.stringify(envoyConfig(ports, adminPort)));
    const check = checked(ENVOY ?? '', ['--mode', 'validate', '-l', 'warning', '-c', config]);
    const quiet = ['-l', 'error', '--use-dynamic-base-id', '--concurrency', '1'];
    start(ENVOY ?? '', ['-c', config, ...quiet]);
    proxy = { check, port: ports[0], halfDeadPort: ports[1] };
    await Promise.all(ports.map(listening));
  });
  asserted(() => proxy);

  it('ends a call at its total, whatever attempts are left', async () => {
    upstream.answerWith('hang');
    const { status, tookMs } = await call(proxy.port, 'ends-hang');
    expect(status).toBe(504);
    expect(tookMs).toBeGreaterThanOrEqual(ENDS_MS - 5);
    expect(upstream.attempts.length).toBeLessThanOrEqual(2);
  });

  it('keeps to the retry budget where all calls fail', async () => {
    upstream.answerWith('hang');
    const calls = Array.from({ length: 40 }, async () => call(proxy.port, 'again-hang'));
    await Promise.all(calls);
    const stats = await fetch(`http://127.0.0.1:${adminPort}/stats?filter=retry_overflow`);
    const overflow = /^cluster\.stock\.upstream_rq_retry_overflow: (\d+)$/mu.exec(
      await stats.text(),
    );
    expect(Number(overflow?.[1])).toBeGreaterThan(0);
    expect(upstream.attempts.length).toBeLessThan(120);
  });
});

describe.skipIf(!HAS_NGINX)('nginx with the exported file', () => {
  let proxy: Proxy;
  beforeAll(async () => {
    const [port, halfDeadPort] = [await freePort(), await freePort()];
    const config = workplace.file('nginx.conf', nginxConfig(port, halfDeadPort));
    const args = ['-c', config, '-p', workplace.folder];
    const check = checked('nginx', ['-t', ...args]);
    start('nginx', args);
    proxy = { check, port, halfDeadPort };
    await Promise.all([port, halfDeadPort].map(listening));
  });
  asserted(() => proxy);
});

describe.skipIf(!HAS_HAPROXY)('HAProxy with the exported file', () => {
  let proxy: Proxy;
  beforeAll(async () => {
    const [port, halfDeadPort] = [await freePort(), await freePort()];
    const configs = [
      workplace.file('haproxy.cfg', haproxyConfig(port, upstream.ports)),
      workplace.file('haproxy-dead.cfg', haproxyConfig(halfDeadPort, halfDead())),
    ];
    const check = checked('haproxy', ['-c', '-f', configs[0] ?? '']);
    for (const config of configs) start('haproxy', ['-f', config, '-db']);
    proxy = { check, port, halfDeadPort };
    await Promise.all([port, halfDeadPort].map(listening));
  });
  asserted(() => proxy);
});

/** What holds of all of them. */
function asserted(proxyOf: () => Proxy): void {
  it('passes its own check without a warning', () => {
    const { status, output } = proxyOf().check;
    expect(status, output).toBe(0);
    expect(output).not.toMatch(/warn/iu);
  });

  it.each(CASES.map((each) => [caseName(each), each] as const))('%s', async (_, each) => {
    upstream.answerWith(...each.answers);
    const { status, tookMs } = await call(proxyOf().port, each.kind);
    expect(status === 200).toBe(each.ends === 'well');
    expect(upstream.attempts).toEqual(
      Array.from({ length: each.attempts }, () => requestOf(each.kind)),
    );
    expect(tookMs).toBeGreaterThanOrEqual(leastMs(each));
  });

  it.each<Kind>(['again', 'connect'])('%s: goes elsewhere where nobody listens', async (kind) => {
    upstream.answerWith(200);
    for (let i = 0; i < 6; i++) {
      expect(await call(proxyOf().halfDeadPort, kind)).toMatchObject({ status: 200 });
    }
    expect(upstream.attempts).toHaveLength(6);
  });

  it('once: goes nowhere else', async () => {
    upstream.answerWith(200);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) {
      statuses.push((await call(proxyOf().halfDeadPort, 'once')).status);
    }
    expect(statuses.filter((status) => status === 503 || status === 502)).not.toEqual([]);
    expect(upstream.attempts).toHaveLength(statuses.filter((status) => status === 200).length);
  });
}

function requestOf(kind: Kind): string {
  const { httpMethod, path } = EDGES[kind].request;
  return `${httpMethod} ${path}`;
}

async function call(port: number, kind: Kind) {
  const { httpMethod: method, path } = EDGES[kind].request;
  const began = performance.now();
  // A connection each: HAProxy answers a reset with 502 for the first of a connection alone.
  const sent = request({ port, host: '127.0.0.1', method, path, agent: false });
  sent.end(method === 'POST' ? 'x' : undefined);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  await answer.resume().toArray();
  return { status: answer.statusCode ?? 0, tookMs: performance.now() - began };
}

function checked(program: string, args: readonly string[]): Proxy['check'] {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

function start(program: string, args: readonly string[]): void {
  children.push(spawn(program, args, { stdio: 'ignore' }));
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = dial(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      // It does not listen yet.
    } finally {
      socket.destroy();
    }
  }
}

function halfDead(): readonly number[] {
  return [deadPort, ...upstream.ports.slice(0, 1)];
}

/** Two listeners, one for each set of endpoints, with the routes and clusters of the file. */
function envoyConfig(ports: readonly [number, number], adminPort: number): object {
  const file = parse(exported('envoy', Object.values(EDGES))) as {
    readonly virtual_hosts: readonly { readonly routes: readonly EnvoyRoute[] }[];
    readonly clusters: readonly object[];
  };
  const sets = [
    { port: ports[0], endpoints: upstream.ports, name: 'stock' },
    { port: ports[1], endpoints: halfDead(), name: 'half-dead' },
  ];
  return {
    admin: { address: socketAddress(adminPort) },
    static_resources: {
      listeners: sets.map(({ port, name }) =>
        envoyListener(
          port,
          file.virtual_hosts.map((host) => ({
            ...host,
            domains: ['*'],
            routes: host.routes.map((route) => ({
              ...route,
              route: { ...route.route, cluster: name },
            })),
          })),
        ),
      ),
      clusters: sets.flatMap(({ name, endpoints }) =>
        file.clusters.map((cluster) => ({
          ...cluster,
          name,
          load_assignment: {
            cluster_name: name,
            endpoints: [
              {
                lb_endpoints: endpoints.map((port) => ({
                  endpoint: { address: socketAddress(port) },
                })),
              },
            ],
          },
        })),
      ),
    },
  };
}

interface EnvoyRoute {
  readonly route: object;
}

function envoyListener(port: number, hosts: readonly object[]): object {
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'in',
    route_config: { virtual_hosts: hosts },
    http_filters: [
      {
        name: 'router',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
        },
      },
    ],
  };
  return {
    address: socketAddress(port),
    filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
  };
}

function socketAddress(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}

function nginxConfig(port: number, halfDeadPort: number): string {
  const file = exported('nginx', Object.values(EDGES));
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => {
    mkdirSync(join(workplace.folder, kind), { recursive: true });
    return `${kind}_temp_path ${join(workplace.folder, kind)};`;
  });
  const servers = (ports: readonly number[]): string =>
    ports.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(' ');
  return `daemon off; worker_processes 1;
pid ${join(workplace.folder, 'nginx.pid')}; error_log ${join(workplace.folder, 'errors')};
events { worker_connections 256; }
http {
  ${temp.join(' ')}
  access_log off;
  upstream stock { ${servers(upstream.ports)} }
  upstream half_dead { ${servers(halfDead())} }
  server { listen 127.0.0.1:${port}; ${file} }
  server { listen 127.0.0.1:${halfDeadPort}; ${file.replaceAll('http://stock', 'http://half_dead')} }
}
`;
}

function haproxyConfig(port: number, servers: readonly number[]): string {
  const file = exported('haproxy', Object.values(EDGES));
  const uses = [...file.matchAll(/^# (use_backend .*)$/gmu)].map(([, line]) => `  ${line}`);
  const lines = servers.map((each, i) => `    server s${i} 127.0.0.1:${each}`).join('\n');
  return `defaults
  mode http
  timeout client 30s
frontend f
  bind 127.0.0.1:${port}
${uses.join('\n')}
${file.replaceAll(/^(backend .*)$/gmu, `$1\n${lines}`)}
`;
}
