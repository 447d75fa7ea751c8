import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { connectReasonOf, NS_PER_SEC } from '../../src/core/index.ts';
import { driverCalls } from './driver-calls.ts';
import { grpcCalls } from './grpc-calls.ts';
import { grpcServer } from './grpc-server.ts';
import { countdown, saturate, stopAfter } from './saturated-run.ts';

let folder: string;
const closers: (() => void)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'callgauge-unix-'));
});
afterEach(() => {
  for (const close of closers.splice(0)) close();
  rmSync(folder, { recursive: true, force: true });
});

const socket = (): string => join(folder, 'app.sock');

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(socket(), done));
  closers.push(() => server.close());
  return `unix:${socket()}`;
}

async function http(answer: RequestListener): Promise<string> {
  const server = createHttpServer(answer);
  closers.push(() => server.closeAllConnections());
  return listen(server);
}

describe('over a Unix socket', () => {
  it('HTTP/1.1 keeps its connections, says localhost, and puts the path before', async () => {
    const seen = new Set<string>();
    const connections = new Set<unknown>();
    const url = await http((request, response) => {
      connections.add(request.socket);
      seen.add(`${request.method} ${request.url} ${request.headers.host}`);
      response.end('x'.repeat(100_000));
    });
    const made = await driverCalls({ url: `${url}:/v1/`, calls: 40, connections: 2 });
    expect([made.outcomes, made.errors]).toEqual([{ ok: 40 }, []]);
    expect([...seen]).toEqual(['GET /v1/ localhost']);
    expect(connections.size).toBe(2);
    for (const { dnsNs, tlsNs, tcpNs } of made.connected) {
      expect([dnsNs, tlsNs]).toEqual([0, 0]);
      expect(tcpNs).toBeGreaterThan(0);
    }
    const named = await driverCalls({ url, calls: 1, http: { headers: [['host', 'app']] } });
    expect(named.outcomes).toEqual({ ok: 1 });
    expect([...seen].at(-1)).toBe('GET / app');
  });

  it('HTTP/2 is spoken from the first byte', async () => {
    const seen = new Set<string>();
    const server = createHttp2Server((request, response) => {
      seen.add(`${request.scheme} ${request.authority} ${request.url}`);
      response.end('ok');
    });
    const url = await listen(server);
    const target = { protocol: 'http2', streams: 10 } as const;
    const made = await driverCalls({ url: `${url}:/v2`, calls: 40, connections: 2, target });
    expect([made.outcomes, [...seen]]).toEqual([{ ok: 40 }, ['http localhost /v2/']]);
  });

  it('gRPC goes over the same', async () => {
    const server = await grpcServer();
    // The port of the server, by way of a socket: bytes are passed on both ways.
    const { port } = new URL(server.url);
    const url = await listen(
      createServer((from) => {
        const to = connect(Number(port), '127.0.0.1');
        from.pipe(to).pipe(from);
        for (const one of [from, to]) one.on('error', () => undefined);
      }),
    );
    const made = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Create, message: { n: 1 }',
      calls: 5,
    });
    server.kill();
    expect([made.outcomes, made.errors]).toEqual([{ ok: 5 }, []]);
  });

  it('a saturated phase makes the calls that the server saw', async () => {
    let requests = 0;
    const asked = countdown(20);
    const url = await http((_request, response) => {
      requests++;
      asked.count();
      response.end('ok');
    });
    const load = { connections: 3, pipelining: 2 };
    const { result } = await saturate(url, 60 * NS_PER_SEC, load, {}, stopAfter(asked));
    expect(result.finished).toMatchObject({ status: 0, timeout: 0, transport: 0 });
    expect(result.finished.ok).toBe(requests);
    expect(requests).toBeGreaterThanOrEqual(20);
  });
});

describe('a Unix socket that cannot be connected to', () => {
  it.each([
    ['is not there', 'ENOENT', async () => undefined],
    ['is a plain file', 'ECONNREFUSED', async () => writeFileSync(socket(), '')],
    [
      'was left behind by its server',
      'ECONNREFUSED',
      // Killed, it cannot remove the file.
      async () =>
        promisify(execFile)(process.execPath, [
          '-e',
          "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))",
          socket(),
        ]).catch(() => undefined),
    ],
  ])('%s: %s, nobody listens', async (_what, code, prepare) => {
    await prepare();
    const made = await driverCalls({ url: `unix:${socket()}`, calls: 3, connections: 1 });
    expect(made.errors).toEqual([code]);
    expect(new Set(made.connectErrors.map(connectReasonOf))).toEqual(new Set(['refused']));
  });
});
