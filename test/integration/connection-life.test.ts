import { type IncomingMessage, createServer as createHttpServer } from 'node:http';
import {
  type AddressInfo,
  createServer as createNetServer,
  type Server,
  type Socket,
} from 'node:net';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { countOf, NS_PER_MS } from '../../src/core/index.ts';
import type { ConnectionSpec } from '../../src/scenario/index.ts';
import { driverCalls } from './driver-calls.ts';
import { startRawServer } from './raw-server.ts';
import { realRun } from './real-run.ts';

const OK_ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const NO_BOUND: ConnectionSpec = {
  reuse: true,
  maxRequests: Infinity,
  maxAgeNs: Infinity,
  maxIdleNs: Infinity,
};

describe('a bound on the calls of a connection', () => {
  it.each([
    [100, 10],
    [95, 10],
    [7, 1],
    [3, 10],
  ])('%i calls, at most %i each: as many connections as that makes', async (calls, maxRequests) => {
    const served = new Map<Socket, number>();
    const server = await startRawServer((socket) => {
      served.set(socket, (served.get(socket) ?? 0) + 1);
      socket.write(OK_ANSWER);
    });
    const connection = { ...NO_BOUND, maxRequests };
    const { outcomes, reconnects } = await driverCalls({
      url: server.url,
      calls,
      connections: 1,
      reach: { connection },
    });
    await server.close();
    expect(outcomes).toEqual({ ok: calls });
    expect(served.size).toBe(Math.ceil(calls / maxRequests));
    expect(
      [...served.values()].every((count, i) => count === maxRequests || i === served.size - 1),
    ).toBe(true);
    expect(reconnects).toBe(0);
  });
});

describe('a bound on the age of a connection', () => {
  it('closes it between calls, whether or not it is busy, and costs none', async () => {
    const server = await startRawServer((socket) => socket.write(OK_ANSWER));
    const maxAgeNs = 50 * NS_PER_MS;
    const { outcomes, connected, reconnects, tookNs } = await driverCalls({
      url: server.url,
      calls: 12,
      connections: 1,
      pauseNs: 20 * NS_PER_MS,
      reach: { connection: { ...NO_BOUND, maxAgeNs } },
    });
    await server.close();
    expect(outcomes).toEqual({ ok: 12 });
    expect(connected.length).toBeGreaterThanOrEqual(3);
    // None is replaced before its time.
    expect(connected.length).toBeLessThanOrEqual(1 + Math.ceil(tookNs / maxAgeNs));
    expect(reconnects).toBe(0);
  });
});

describe('a server that closes idle connections', () => {
  it('costs no call', async () => {
    const server = await startRawServer((socket) => {
      socket.write(OK_ANSWER, () => setImmediate(() => socket.end()));
    });
    const { outcomes, errors, reconnects } = await driverCalls({
      url: server.url,
      calls: 6,
      connections: 1,
      afterReconnect: true,
    });
    await server.close();
    expect([outcomes, errors]).toEqual([{ ok: 6 }, []]);
    expect(reconnects).toBeGreaterThanOrEqual(5);
  });
});

describe('a pause of our own while a connection is opened', () => {
  it('is no connect timeout: what has connected meanwhile is used', async () => {
    const server = await startRawServer((socket) => socket.write(OK_ANSWER));
    const connectTimeoutNs = 50 * NS_PER_MS;
    const stall = (): void => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * 50);
    };
    const made = Promise.withResolvers<Awaited<ReturnType<typeof driverCalls>>>();
    // Timers come next after an immediate: the bound is looked at before the sockets are.
    setImmediate(() => {
      made.resolve(
        driverCalls({ url: server.url, calls: 3, connections: 1, target: { connectTimeoutNs } }),
      );
      process.nextTick(stall);
    });
    const { outcomes, errors, connected } = await made.promise;
    await server.close();
    expect([outcomes, errors]).toEqual([{ ok: 3 }, []]);
    expect([connected.length, server.connections()]).toEqual([1, 1]);
  });
});

describe('without reuse', () => {
  const connection = { ...NO_BOUND, reuse: false };

  it('every call has a connection of its own, and says that it is the only one', async () => {
    const served = new Map<Socket, number>();
    const server = await startRawServer((socket) => {
      served.set(socket, (served.get(socket) ?? 0) + 1);
      socket.write(OK_ANSWER);
    });
    const { outcomes, connected, reconnects } = await driverCalls({
      url: server.url,
      calls: 60,
      connections: 4,
      reach: { connection },
    });
    await server.close();
    expect(outcomes).toEqual({ ok: 60 });
    expect([...served.values()]).toEqual(Array.from({ length: 60 }, () => 1));
    expect([connected.length, server.connections(), reconnects]).toEqual([60, 60, 0]);
    expect(server.requests.every((request) => request.includes('\r\nconnection: close\r\n'))).toBe(
      true,
    );
  });

  it('the wait for it is in the response time, and in no service time', async () => {
    const server = await startRawServer((socket) => socket.write(OK_ANSWER));
    const run = await realRun({
      url: server.url,
      ratePerSec: 100,
      durationNs: 300 * NS_PER_MS,
      reach: { connection },
    });
    await server.close();
    expect(run.result.finished.ok).toBe(30);
    expect(server.connections()).toBe(30);
    expect([run.counter('connects'), run.counter('reconnects')]).toEqual([30, 0]);
    for (const clock of ['wait', 'first_byte', 'body', 'connect', 'tcp'] as const) {
      expect([clock, countOf(run.histogram(clock))]).toEqual([clock, 30]);
    }
    // No call is sent before its connection is open: the least wait holds the least connect.
    const least = (clock: 'wait' | 'connect'): number => run.histogram(clock).valueNs[0] ?? 0;
    expect(least('wait')).toBeGreaterThan(least('connect') / 2);
    expect(least('connect')).toBeGreaterThan(0);
  });

  it('a target that closes as soon as it is free costs no call', async () => {
    const server = await startRawServer((socket) => socket.end(OK_ANSWER), {
      onConnection: (socket) => setImmediate(() => socket.resume()),
    });
    const { outcomes } = await driverCalls({
      url: server.url,
      calls: 20,
      connections: 2,
      pauseNs: 10 * NS_PER_MS,
      reach: { connection },
    });
    await server.close();
    expect(outcomes).toEqual({ ok: 20 });
  });
});

describe.skipIf(process.platform !== 'linux')('a name with several addresses', () => {
  const dns = { ttlNs: 0, addresses: 'all', family: 'any' } as const;
  const connection = { ...NO_BOUND, maxRequests: 1 };

  it('connections go to all of them in turn, and to the new ones when they change', async () => {
    const served: string[] = [];
    const server = createNetServer((socket) => {
      served.push(socket.localAddress ?? '');
      socket.on('data', () => socket.write(OK_ANSWER)).on('error', () => socket.destroy());
    });
    server.listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    let asked = 0;
    const { outcomes, connected } = await driverCalls({
      url: `http://orders.invalid:${port}`,
      calls: 20,
      connections: 1,
      reach: { dns, connection },
      lookup: () => {
        asked++;
        if (asked === 16) return Promise.reject(new Error('SERVFAIL'));
        const last = asked <= 10 ? ['127.0.0.2', '127.0.0.3'] : ['127.0.0.4'];
        return Promise.resolve(last.map((address) => ({ address, family: 4 })));
      },
    });
    server.close();
    expect(outcomes).toEqual({ ok: 20 });
    const count = (address: string): number => served.filter((one) => one === address).length;
    expect([count('127.0.0.2'), count('127.0.0.3')]).toEqual([5, 5]);
    expect(count('127.0.0.4')).toBeGreaterThanOrEqual(10);
    expect(connected.filter(({ staleDns }) => staleDns === true).length).toBeGreaterThanOrEqual(4);
  });
});

describe('through a proxy', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('http: whole URLs, with user and password', async () => {
    const seen: IncomingMessage[] = [];
    const proxy = createHttpServer((request, response) => {
      seen.push(request);
      response.end('ok');
    });
    servers.push(proxy);
    const { outcomes } = await driverCalls({
      url: 'http://orders.invalid:8080/base',
      calls: 5,
      connections: 2,
      http: { path: '/api?x=1' },
      reach: { via: `http://me:s%40crit@127.0.0.1:${await portOf(proxy)}` },
    });
    expect(outcomes).toEqual({ ok: 5 });
    for (const { url, headers } of seen) {
      expect(url).toBe('http://orders.invalid:8080/base/api?x=1');
      expect(headers.host).toBe('orders.invalid:8080');
      expect(headers['proxy-authorization']).toBe(`Basic ${btoa('me:s@crit')}`);
    }
  });

  it.each([
    [
      '407',
      'HTTP/1.1 407 Proxy Authentication Required',
      'the proxy wants user and password (407)',
    ],
    ['403', 'HTTP/1.1 403 Forbidden', 'the proxy refused CONNECT (403)'],
    ['no HTTP', 'SSH-2.0-x', 'the proxy answered no HTTP'],
    ['a close', '', 'the proxy closed before it answered'],
  ])('https, refused with %s: the reason, as text', async (_, line, error) => {
    const proxy = await startRawServer((socket) =>
      socket.end(line === '' ? '' : `${line}\r\ncontent-length: 0\r\n\r\n`),
    );
    const { calls, errors } = await driverCalls({
      url: 'https://orders.invalid',
      calls: 1,
      reach: { via: proxy.url },
    });
    await proxy.close();
    expect([calls, errors]).toEqual([[], [error]]);
    expect(proxy.requests[0]).toBe(
      'CONNECT orders.invalid:443 HTTP/1.1\r\nhost: orders.invalid:443\r\n\r\n',
    );
  });
});

async function portOf(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('a bound on how long a connection is idle', () => {
  it.each(['http1', 'http2'] as const)('%s: closes it before the server does', async (protocol) => {
    const idleMs = 1_000;
    const server = createServerOf(protocol, idleMs);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { outcomes, connected, reconnects, resent } = await driverCalls({
      url: `http://127.0.0.1:${port}`,
      calls: 4,
      connections: 1,
      pauseNs: 1.5 * idleMs * NS_PER_MS,
      http: { method: 'POST' },
      target: { protocol, ...(protocol === 'http2' ? { streams: 1 } : {}) },
      reach: { connection: { ...NO_BOUND, maxIdleNs: (idleMs / 10) * NS_PER_MS } },
    });
    server.close();
    expect(outcomes).toEqual({ ok: 4 });
    expect(connected.length).toBeGreaterThanOrEqual(4);
    // It was our own doing: none was lost.
    expect([reconnects, resent]).toEqual([0, 0]);
  });

  it('leaves a connection alone that is in use', async () => {
    const server = await startRawServer((socket) => socket.write(OK_ANSWER));
    const { outcomes, connected } = await driverCalls({
      url: server.url,
      calls: 500,
      connections: 1,
      reach: { connection: { ...NO_BOUND, maxIdleNs: 5_000 * NS_PER_MS } },
    });
    await server.close();
    expect([outcomes, connected.length]).toEqual([{ ok: 500 }, 1]);
  });
});

function createServerOf(protocol: 'http1' | 'http2', idleMs: number): Server {
  if (protocol === 'http2') {
    const server = createHttp2Server((_, response) => void response.end('ok'));
    return server.on('session', (session) => session.setTimeout(idleMs, () => session.close()));
  }
  return createHttpServer({ keepAliveTimeout: idleMs }, (_, response) => void response.end('ok'));
}
