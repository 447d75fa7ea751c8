import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

import { type Ns, NS_PER_MS, NS_PER_SEC, systemClock } from '../../src/core/index.ts';
import { refusingPort } from './free-port.ts';
import { HAS_OPENSSL } from './installed-parts.ts';
import { RUN_ID, type RealRunOptions } from './real-run.ts';
import { countdown, saturate, stopAfter, type SaturatedRun } from './saturated-run.ts';

/** The width of a bucket of a histogram, to its value. */
const BUCKET_RATIO = 0.001;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

describe('a saturated phase', () => {
  it('makes exactly the calls that the server saw, each under an id of its own', async () => {
    const seen = new Set<string>();
    const asked = countdown(200);
    const target = await server((request, response) => {
      asked.count();
      seen.add(traceparent(request));
      response.end('hello');
    });
    const load = { connections: 8 };
    const run = await saturate(target.url, 60 * NS_PER_SEC, load, {}, stopAfter(asked));
    expect(run.result.finished).toMatchObject({
      status: 0,
      timeout: 0,
      transport: 0,
      cancelled: 0,
    });
    expect(run.result.arrivals).toBe(target.requests());
    expect(run.result.finished.ok).toBe(target.requests());
    expect(run.result.arrivals).toBeGreaterThanOrEqual(200);
    expect(seen.size).toBe(target.requests());
    expect([...seen].every((id) => id.startsWith(`00-${RUN_ID}`))).toBe(true);
    expect(run.result).toMatchObject({ stopped: true, abandonedSteps: 0 });
  });

  it('measures what the server takes, to well below a millisecond', async () => {
    const clock = systemClock();
    const asked = countdown(40);
    /** How long each answer was held, by the clock: a timer may fire early. */
    const heldNs: Ns[] = [];
    const target = await server((_request, response) => {
      asked.count();
      const fromNs = clock.nowNs();
      setTimeout(() => {
        heldNs.push(clock.nowNs() - fromNs);
        response.end();
      }, 20);
    });
    const beganNs = clock.nowNs();
    const run = await saturate(
      target.url,
      60 * NS_PER_SEC,
      { connections: 2, pipelining: 1 },
      {},
      stopAfter(asked),
    );
    const tookNs = clock.nowNs() - beganNs;
    const { valueNs, count } = run.sorted('service', 'ok');
    // A call takes as long as its answer is held at the least, which is so of the sorted ones too;
    // and those of a connection come one after another. Both to the width of a bucket.
    const measuredNs = valueNs.flatMap((ns, i) => Array.from({ length: count[i] ?? 0 }, () => ns));
    expect(measuredNs).toHaveLength(heldNs.length);
    for (const [i, ns] of heldNs.toSorted((a, b) => a - b).entries()) {
      expect(measuredNs[i]).toBeGreaterThan(ns * (1 - BUCKET_RATIO));
    }
    expect(sumOf(measuredNs)).toBeLessThan(2 * tookNs * (1 + BUCKET_RATIO));
    expect(valueNs.filter((ns) => ns % NS_PER_MS !== 0)).not.toEqual([]);
  });

  it('keeps several calls under way on a connection, in their order', async () => {
    const ids: string[] = [];
    const asked = countdown(100);
    const target = await server((request, response) => {
      asked.count();
      ids.push(traceparent(request));
      response.end('x'.repeat(3_000));
    });
    const load = { connections: 2, pipelining: 8 };
    const run = await saturate(target.url, 60 * NS_PER_SEC, load, {}, stopAfter(asked));
    expect(new Set(ids).size).toBe(target.requests());
    expect(run.result.finished.ok).toBe(target.requests());
    expect(target.requests()).toBeGreaterThanOrEqual(100);
    expect(run.counter('bytes_in')).toBeGreaterThan(3_000 * target.requests());
  });

  it('counts statuses that are not ok', async () => {
    const target = await server((_request, response) => {
      response.statusCode = 503;
      response.end();
    });
    const run = await saturate(target.url, 200 * NS_PER_MS, { connections: 2 });
    expect(run.result.finished.status).toBe(target.requests());
    expect(run.result.finished.ok).toBe(0);
  });

  it('counts answers that never come as timeouts at their bound', async () => {
    // Of each connection the first has timed out before the next is sent.
    const asked = countdown(7);
    const target = await server(() => asked.count());
    const run = await saturate(
      target.url,
      60 * NS_PER_SEC,
      { connections: 3 },
      { timeoutNs: 150 * NS_PER_MS },
      stopAfter(asked),
    );
    const { finished, arrivals } = run.result;
    expect(finished.timeout).toBeGreaterThanOrEqual(3);
    expect(finished.timeout + finished.cancelled).toBe(arrivals);
    const { valueNs } = run.sorted('service', 'timeout');
    // To the width of a bucket: whenever the timer came to them.
    expect(valueNs[0]).toBeGreaterThan(149 * NS_PER_MS);
    expect(valueNs.at(-1)).toBeLessThan(151 * NS_PER_MS);
  });

  it('counts connections that break off before the answer, and goes on', async () => {
    let calls = 0;
    const asked = countdown(60);
    const target = await server((request, response) => {
      asked.count();
      if (++calls % 5 === 0) request.socket.destroy();
      else response.end();
    });
    const run = await saturate(
      target.url,
      60 * NS_PER_SEC,
      { connections: 4 },
      {},
      stopAfter(asked),
    );
    const { ok, transport, cancelled } = run.result.finished;
    expect(ok + transport + cancelled).toBe(run.result.arrivals);
    expect(run.result.arrivals).toBe(target.requests());
    expect(transport).toBe(Math.floor(target.requests() / 5));
    expect(run.counter('reconnects')).toBeGreaterThan(0);
  });

  it('reads nothing of a broken answer into the next one', async () => {
    let calls = 0;
    const target = await rawServer((socket) => {
      if (++calls % 3 === 0) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nhalf');
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
    const run = await saturate(target, 300 * NS_PER_MS, { connections: 1 });
    expect(run.result.finished.transport).toBe(Math.floor(calls / 3));
    expect(run.result.finished.ok).toBe(calls - Math.floor(calls / 3));
  });

  it('passes over interim answers', async () => {
    const interim = ['100 Continue', '102 Processing', '103 Early Hints\r\nlink: </a.css>'];
    const { run, requests } = await saturateRaw((socket) => {
      for (const line of interim) socket.write(`HTTP/1.1 ${line}\r\n\r\n`);
      setImmediate(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
    });
    expect(run.result.finished).toMatchObject({ ok: requests, transport: 0, timeout: 0 });
    expect(run.result.arrivals).toBe(requests);
  });

  it.each([
    ['HTTP/1.1 304 Not Modified\r\ncontent-length: 500\r\n\r\n', 'GET', 'status'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n', 'HEAD', 'ok'],
  ] as const)(
    'waits for no body where there is none: %j to %s',
    async (answer, method, outcome) => {
      const { run, requests } = await saturateRaw((socket) => socket.write(answer), { method });
      expect(run.result.finished[outcome]).toBe(requests);
      expect(run.result.arrivals).toBe(requests);
    },
  );

  it('takes an answer that ends its connection as one', async () => {
    const { run, requests } = await saturateRaw((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok');
    });
    expect(run.result.finished).toMatchObject({ ok: requests, transport: 0, timeout: 0 });
    expect(run.counter('reconnects')).toBeGreaterThan(0);
  });

  it('tries a target that refuses again, at its leisure', async () => {
    const { port, release } = await refusingPort();
    closers.push(release);
    const url = `http://127.0.0.1:${port}`;
    const run = await saturate(url, 2 * NS_PER_SEC, { connections: 2 });
    const { transport } = run.result.finished;
    expect(transport).toBe(run.result.arrivals);
    expect(transport).toBeGreaterThan(1);
    // Thousands where it does not wait between them.
    expect(transport).toBeLessThan(200);
  });

  it('ends within the grace when it is stopped, and loses no call', async () => {
    const asked = countdown(5);
    const target = await server(() => asked.count());
    const run = await saturate(
      target.url,
      60 * NS_PER_SEC,
      { connections: 5 },
      { timeoutNs: 60 * NS_PER_SEC },
      (sender) => void asked.done.then(() => sender.stop(300 * NS_PER_MS)),
    );
    // Nothing is ever answered: it did not wait for the phase, nor for the timeouts.
    expect(run.result.endedNs).toBeLessThan(30 * NS_PER_SEC);
    expect(run.result).toMatchObject({ stopped: true, arrivals: 5 });
    expect(run.result.finished.cancelled).toBe(5);
  });

  it('lets calls that are under way finish after a stop', async () => {
    const asked = countdown(8);
    const target = await server((_request, response) => {
      asked.count();
      setTimeout(() => response.end(), 200);
    });
    const run = await saturate(
      target.url,
      60 * NS_PER_SEC,
      { connections: 5 },
      {},
      stopAfter(asked),
    );
    expect(run.result.stopped).toBe(true);
    expect(run.result.finished.cancelled).toBe(0);
    expect(run.result.finished.ok).toBe(target.requests());
  });

  it.skipIf(!HAS_OPENSSL)('calls over TLS, whoever vouches for the certificate', async () => {
    const seen = new Set<string>();
    const asked = countdown(20);
    const target = await tlsServer((request, response) => {
      asked.count();
      seen.add(traceparent(request));
      response.end('hello');
    });
    const run = await saturate(target, 60 * NS_PER_SEC, { connections: 2 }, {}, stopAfter(asked));
    expect(run.result.finished.ok).toBe(seen.size);
    expect(run.result.finished.ok).toBe(run.result.arrivals);
    expect(run.result.arrivals).toBeGreaterThanOrEqual(20);
  });

  it('is split over several workers', async () => {
    const seen = new Set<string>();
    const target = await server((request, response) => {
      seen.add(traceparent(request));
      response.end();
    });
    const options = { workers: 2 };
    const run = await saturate(target.url, 300 * NS_PER_MS, { connections: 5 }, options);
    expect(run.result.arrivals).toBe(target.requests());
    expect(seen.size).toBe(target.requests());
  });
});

/** Saturates a server of raw bytes until it has been asked ten times, and lets the calls end. */
async function saturateRaw(
  answer: (socket: Socket) => void,
  http: RealRunOptions['http'] = {},
): Promise<{ readonly run: SaturatedRun; readonly requests: number }> {
  const asked = countdown(10);
  let requests = 0;
  const target = await rawServer((socket) => {
    requests++;
    asked.count();
    answer(socket);
  });
  const run = await saturate(
    target,
    60 * NS_PER_SEC,
    { connections: 2 },
    { http },
    stopAfter(asked),
  );
  return { run, requests };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function traceparent(request: IncomingMessage): string {
  return String(request.headers['traceparent']);
}

async function server(answer: RequestListener): Promise<{ url: string; requests: () => number }> {
  let requests = 0;
  const http = createServer((request, response) => {
    requests++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    http.close();
    http.closeAllConnections();
  });
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests: () => requests };
}

async function tlsServer(answer: RequestListener): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'callgauge-saturate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost';
  const args = `req -x509 ${curve} -keyout ${key} -out ${cert}`.split(' ');
  execFileSync('openssl', args, { stdio: 'ignore' });
  const https = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, answer);
  rmSync(folder, { recursive: true });
  await new Promise<void>((resolve) => {
    https.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    https.close();
    https.closeAllConnections();
  });
  return `https://127.0.0.1:${(https.address() as AddressInfo).port}`;
}

/** Calls `answer` for every request that comes, which is taken to be one chunk. */
async function rawServer(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => {
    tcp.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => {
    tcp.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = tcp.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
