import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasProgram, pauseSec, type RunningProcess, startProcess } from '../child-process.ts';
import { freePort } from './free-port.ts';
import { accepts } from './until-accepting.ts';

/** A server that answers `200 ok` as cheaply as it can, and counts. */
export interface AnsweringServer {
  readonly title: string;
  readonly url: string;
  /** Where it speaks HTTP/2 without TLS; undefined where it cannot. */
  readonly http2Url: string | undefined;
  /**
   * Where it speaks HTTP/1.1 over TLS, with a certificate of its own making; undefined where it
   * cannot.
   */
  readonly tlsUrl: string | undefined;
  /** Returns how many requests it has been asked so far, by anybody. */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

const BOUND_SEC = 600;

/**
 * Returns nginx, or a plain server in Node where the machine lacks it, pinned to one core; it is
 * ended behind the bound.
 */
export async function startAnsweringServer(
  scratch: string,
  core: number,
  boundSec = BOUND_SEC,
): Promise<AnsweringServer> {
  const port = await freePort();
  const http2Port = await freePort();
  const tlsPort = await freePort();
  const isNginx = hasProgram('nginx');
  const hasCertificate = isNginx && makeCertificate(scratch);
  const argv = isNginx
    ? [
        'nginx',
        '-p',
        scratch,
        '-c',
        writeConfig(scratch, { port, http2Port, tlsPort: hasCertificate ? tlsPort : undefined }),
        '-e',
        'stderr',
      ]
    : [process.execPath, join(import.meta.dirname, 'plain-server-main.ts'), String(port)];
  const server = startProcess(argv, { core, boundSec });
  const url = `http://127.0.0.1:${port}/`;
  await untilListening(server, port);
  return {
    title: isNginx ? 'nginx `return 200`' : 'a plain Node server (nginx is not here)',
    url,
    http2Url: isNginx ? `http://127.0.0.1:${http2Port}/` : undefined,
    tlsUrl: hasCertificate ? `https://127.0.0.1:${tlsPort}/` : undefined,
    requests: async () => {
      const text = await (
        await fetch(`${url}requests`, { headers: { connection: 'close' } })
      ).text();
      return requestsOfStatus(text);
    },
    stop: () => server.stop(),
  };
}

/** Returns the number of requests in nginx's stub_status: the third of its three. */
export function requestsOfStatus(text: string): number {
  return Number(/^\s*\d+ \d+ (\d+)\s*$/mu.exec(text)?.[1] ?? Number.NaN);
}

async function untilListening(server: RunningProcess, port: number): Promise<void> {
  let exited: unknown;
  server.ended.then(
    () => (exited = new Error('it ended at once')),
    (error: unknown) => (exited = error),
  );
  for (let attempt = 0; attempt < 100; attempt++) {
    if (exited !== undefined) throw exited;
    if (await accepts(port)) return;
    await pauseSec(0.05);
  }
  await server.stop();
  throw new Error(`the server did not listen on 127.0.0.1:${port} within 5 s`);
}

interface Ports {
  readonly port: number;
  readonly http2Port: number;
  /** Undefined without a certificate. */
  readonly tlsPort: number | undefined;
}

/** Returns whether there is a key and a certificate now, made by openssl. */
function makeCertificate(scratch: string): boolean {
  const files = ['-keyout', join(scratch, 'key.pem'), '-out', join(scratch, 'certificate.pem')];
  const name = ['-subj', '/CN=localhost', '-days', '2'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const argv = ['req', '-x509', ...kind, ...name, ...files];
  return spawnSync('openssl', argv, { stdio: 'ignore' }).status === 0;
}

function writeConfig(scratch: string, { port, http2Port, tlsPort }: Ports): string {
  const path = join(scratch, 'nginx.conf');
  mkdirSync(join(scratch, 'temp'), { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path temp/${kind};`)
    .join(' ');
  writeFileSync(
    path,
    `daemon off; master_process off; pid nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; ${temporary}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    listen 127.0.0.1:${http2Port} http2 backlog=1024;
    ${tlsPort === undefined ? '' : `listen 127.0.0.1:${tlsPort} ssl backlog=1024;`}
    ${tlsPort === undefined ? '' : 'ssl_certificate certificate.pem; ssl_certificate_key key.pem;'}
    keepalive_requests 1000000000;
    location / { return 200 'ok'; }
    location /json { default_type application/json; return 200 '{"id":"A-17","ok":true,"lines":[{"sku":"B-1","count":2}]}'; }
    location = /requests { stub_status; }
  }
}
`,
  );
  return path;
}
