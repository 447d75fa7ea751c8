import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { connectReasonOf } from '../../src/core/index.ts';
import { openStore } from '../../src/store/index.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { driverCalls } from './driver-calls.ts';
import { freePort } from './free-port.ts';
import { HAS_OPENSSL, isInstalled } from './installed-parts.ts';

const MAIN = resolve(import.meta.dirname, '../../src/cli/main.ts');
const HAS_NGINX = isInstalled('/usr/sbin/nginx', ['-v']);
/** A network of its own, with its own local ports: root's alone. */
const HAS_OWN_NETWORK = isInstalled('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']);
const USERS = 300;

const closers: (() => Promise<void> | void)[] = [];
let workplace: Workplace;
beforeAll(() => {
  workplace = new Workplace();
  return () => workplace.remove();
});
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

describe('a run whose own machine has too little of something', () => {
  it('descriptors: is invalid, counts why, and says what to raise', async () => {
    const server = createServer(answerLate);
    const url = await listening(server);
    // The store's server is not under the limit: it is the test's, and the run finds it there.
    const dir = storeDir();
    const store = await openStore({ dir });
    closers.push(() => store.close());
    const { code, report } = await loadUnder(['bash', '-c'], 'ulimit -n 200', url, dir);
    expectOwnFault(code, report, 'descriptors', 'EMFILE');
    expect(report.results.invalid?.remedy).toMatch(/ulimit -n/u);
  });

  it.skipIf(!HAS_OWN_NETWORK)('local ports: likewise', async () => {
    const target = `require("http").createServer((q, r) => setTimeout(() => r.end("ok"), 300)).listen(8080, "127.0.0.1")`;
    const setUp = `ip link set lo up
      echo "50000 50149" > /proc/sys/net/ipv4/ip_local_port_range
      "$NODE" -e '${target}' & trap "kill $!" EXIT
      until (: < /dev/tcp/127.0.0.1/8080) 2>/dev/null; do sleep 0.05; done`;
    const wrapped = ['unshare', '-n', 'bash', '-c'];
    const { code, report } = await loadUnder(wrapped, setUp, 'http://127.0.0.1:8080/');
    expectOwnFault(code, report, 'ports', 'EADDRNOTAVAIL');
  });
});

describe.skipIf(!HAS_OPENSSL)('a target that ends connections before the handshake', () => {
  it('is counted by reason, however many calls go over the others', async () => {
    const { cert, key } = certificate();
    const secureContext = createSecureContext({ cert, key });
    const http = createServer((_request, response) => response.end('ok'));
    let [taken, reset] = [0, 0];
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      if (taken++ % 2 === 1) {
        reset++;
        socket.resetAndDestroy();
        return;
      }
      const secure = new TLSSocket(socket, { isServer: true, secureContext });
      secure.on('error', () => undefined);
      http.emit('connection', secure);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => {
      http.closeAllConnections();
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const connection = { reuse: true, maxRequests: 5, maxAgeNs: Infinity, maxIdleNs: Infinity };
    const material = { ca: cert, cert: '', key: '' };
    const made = await driverCalls({
      url: `https://localhost:${port}`,
      calls: 200,
      connections: 4,
      unreachableMax: Infinity,
      reach: {
        connection,
        tls: {
          ca: '',
          cert: '',
          key: '',
          passphrase: '',
          serverName: '',
          verify: true,
          minVersion: 'TLSv1.2',
          material,
        },
      },
    });
    // A call fails only where no connection at all is open: it is told why.
    expect((made.outcomes.ok ?? 0) + (made.outcomes.transport ?? 0)).toBe(200);
    expect(made.outcomes.ok).toBeGreaterThan(100);
    expect(reset).toBeGreaterThan(10);
    expect(made.connectErrors.length).toBeGreaterThan(10);
    expect(made.connectErrors.length).toBeLessThanOrEqual(reset);
    expect(new Set(made.connectErrors.map(connectReasonOf))).toEqual(new Set(['tls']));
  });
});

describe.skipIf(!HAS_NGINX)('nginx that ends its connections', () => {
  it.each([
    // HTTP/1.1 says so with the last answer: nothing is sent behind it.
    ['http1', 'keepalive_requests 7;', 0, 2],
    // HTTP/2 sends GOAWAY while other streams are opened; they go to the next connection.
    ['http2', 'keepalive_requests 7;', 0, 1],
    // And some of them meet its end too.
    ['http2', 'keepalive_requests 4;', 0, 3],
    ['http1', 'keepalive_timeout 50ms;', 60, 2],
    ['http2', 'keepalive_timeout 50ms;', 60, 1],
  ] as const)('%s, %s: no call is lost', async (protocol, ends, pauseMs, connections) => {
    const url = await nginx(protocol, ends);
    const calls = pauseMs === 0 ? 400 : 20;
    const made = await driverCalls({
      url,
      calls,
      connections,
      pauseNs: pauseMs * 1e6,
      target: { protocol, ...(protocol === 'http2' && { streams: 5 }) },
    });
    expect([made.outcomes, made.errors]).toEqual([{ ok: calls }, []]);
    const logged = readFileSync(join(workplace.folder, 'access.log'), 'utf8');
    // What was sent again was not asked for twice: nginx had done nothing with it.
    expect(logged.trim().split('\n')).toHaveLength(calls);
    if (pauseMs === 0) expect(made.connected.length).toBeGreaterThanOrEqual(calls / 8);
    if (pauseMs === 0 && protocol === 'http2') expect(made.resent).toBeGreaterThan(0);
  });
});

interface Report {
  readonly results: {
    readonly verdict: string;
    readonly invalid: { readonly reasons: readonly string[]; readonly remedy: string } | null;
    readonly dials: readonly {
      readonly failed: number;
      readonly reasons: readonly { readonly reason: string; readonly text: string }[];
    }[];
  };
}

/** Runs `load` behind the lines of a shell, which set its limits. */
async function loadUnder(
  wrapped: readonly string[],
  limits: string,
  url: string,
  dir = storeDir(),
): Promise<{ readonly code: number | null; readonly report: Report }> {
  const [program = '', ...args] = wrapped;
  const load = `"$NODE" "$MAIN" load "$URL" -d 2s -c ${USERS} --warm-up 0s --json --dir "$DIR"`;
  const child = spawn(program, [...args, `${limits}\n${load}`], {
    env: {
      ...process.env,
      NODE: process.execPath,
      MAIN,
      URL: url,
      DIR: dir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await once(child, 'close');
  expect(out, err).toMatch(/^\{/u);
  return { code: child.exitCode, report: JSON.parse(out) as Report };
}

let stores = 0;

function storeDir(): string {
  return join(workplace.folder, 'stores', String(++stores));
}

function expectOwnFault(code: number | null, { results }: Report, reason: string, text: string) {
  expect([code, results.verdict]).toEqual([122, 'invalid']);
  expect(results.dials[0]?.failed).toBeGreaterThan(0);
  expect(results.dials[0]?.reasons).toContainEqual(expect.objectContaining({ reason, text }));
  expect(results.invalid?.reasons.join('\n')).toContain(text);
}

function answerLate(_request: unknown, response: { end(text: string): unknown }): void {
  setTimeout(() => response.end('ok'), 300);
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
}

function certificate(): { readonly cert: string; readonly key: string } {
  const [keyFile, certFile] = [workplace.file('k.pem', ''), workplace.file('c.pem', '')];
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1';
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...request.split(' '), '-keyout', keyFile, '-out', certFile, ...names], {
    stdio: 'ignore',
  });
  return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

async function nginx(protocol: 'http1' | 'http2', ends: string): Promise<string> {
  const port = await freePort();
  const log = workplace.file('access.log', '');
  const config = workplace.file(
    'nginx.conf',
    `daemon off; master_process off; pid ${log}.pid; error_log stderr;
events {}
http {
  access_log ${log}; ${ends}
  server { listen 127.0.0.1:${port}${protocol === 'http2' ? ' http2' : ''}; location / { return 200 ok; } }
}`,
  );
  const child: ChildProcess = spawn('/usr/sbin/nginx', ['-c', config, '-p', workplace.folder], {
    stdio: 'ignore',
  });
  closers.push(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const isUp = `until (: < /dev/tcp/127.0.0.1/${port}) 2>/dev/null; do sleep 0.02; done`;
  expect(spawnSync('timeout', ['10', 'bash', '-c', isUp]).status).toBe(0);
  return `http://127.0.0.1:${port}`;
}
