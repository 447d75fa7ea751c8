import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A proxy's own check of a file; what it wrote. */
export interface Checked {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program that looks at its file and ends. */
export function checked(program: string, args: readonly string[]): Checked {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

/** Starts a proxy. */
export function startProxy(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: 'ignore' });
}

/** Ends proxies, and waits until they are gone. */
export async function endProxies(children: readonly ChildProcess[]): Promise<void> {
  for (const child of children) {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

/** Resolves once somebody listens there. */
export async function listening(port: number): Promise<void> {
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

/** Endpoints behind a port of a proxy. */
export interface ProxiedSet {
  readonly name: string;
  readonly port: number;
  readonly endpoints: readonly number[];
}

/** A listener for each set of endpoints, with the routes and clusters of an exported file. */
export function envoyConfig(text: string, sets: readonly ProxiedSet[], adminPort: number): object {
  const file = parse(text) as {
    readonly virtual_hosts: readonly { readonly routes: readonly EnvoyRoute[] }[];
    readonly clusters: readonly object[];
  };
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
        name: 'envoy.filters.http.local_ratelimit',
        typed_config: {
          '@type':
            'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
          stat_prefix: 'off',
        },
      },
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

/** A server for each set, with the locations of an exported file, and its zones. */
export function nginxConfig(file: string, sets: readonly ProxiedSet[], folder: string): string {
  const zones = [...file.matchAll(/^# http: (.*)$/gmu)].map(([, line]) => line).join(' ');
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => {
    mkdirSync(join(folder, kind), { recursive: true });
    return `${kind}_temp_path ${join(folder, kind)};`;
  });
  const upstreams = sets.map(({ name, endpoints }) => {
    const servers = endpoints.map((each) => `server 127.0.0.1:${each} max_fails=0;`);
    return `upstream ${name} { ${servers.join(' ')} }`;
  });
  const servers = sets.map(
    ({ name, port }) =>
      `server { listen 127.0.0.1:${port}; ${file.replaceAll('http://stock', `http://${name}`)} }`,
  );
  return `daemon off; worker_processes 1;
pid ${join(folder, 'nginx.pid')}; error_log ${join(folder, 'errors')};
events { worker_connections 256; }
http {
  ${temp.join(' ')}
  ${zones}
  access_log off;
  ${upstreams.join('\n  ')}
  ${servers.join('\n  ')}
}
`;
}

/** One frontend with the backends of an exported file, each with the servers. */
export function haproxyConfig(
  file: string,
  { port, endpoints: servers }: Omit<ProxiedSet, 'name'>,
): string {
  const uses = [...file.matchAll(/^# (use_backend .*)$/gmu)].map(([, line]) => `  ${line}`);
  const lines = servers.map((each, i) => `    server s${i} 127.0.0.1:${each}`).join('\n');
  return `defaults
  mode http
  timeout client 30s
frontend f
  bind 127.0.0.1:${port}
${uses.join('\n')}
${file.replaceAll(/^(backend .*(?:\n {4}.*)*)$/gmu, `$1\n${lines}`)}
`;
}
