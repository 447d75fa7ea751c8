import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { countOf, NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { asReady } from '../../src/scenario/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { RunIds } from '../../src/trace/index.ts';
import { freePort, refusingPort } from './free-port.ts';
import { type RawServer, startRawServer } from './raw-server.ts';
import { quantile } from '../engine/slice-numbers.ts';
import { type RealRun, realRun, type RealRunOptions, realScenario, RUN_ID } from './real-run.ts';
import { countdown, stopAfter } from './saturated-run.ts';

const MS = NS_PER_MS;
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const NONE = {
  ok: 0,
  status: 0,
  timeout: 0,
  transport: 0,
  cancelled: 0,
  dropped: 0,
  check: 0,
  rejected: 0,
  fallback: 0,
};

/** No call ends because the machine is busy. */
const PATIENT = {
  timeoutNs: 60 * NS_PER_SEC,
  connectTimeoutNs: 60 * NS_PER_SEC,
  gracefulStopNs: 60 * NS_PER_SEC,
};

let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** 100 arrivals in a fifth of a second against a server that answers so. */
async function against(
  answer: (socket: Socket, request: string) => void,
  options: Partial<RealRunOptions> = {},
): Promise<RealRun> {
  server = await startRawServer(answer);
  return realRun({
    url: server.url,
    ratePerSec: 500,
    durationNs: NS_PER_SEC / 5,
    ...PATIENT,
    ...options,
  });
}

const reply = (text: string) => (socket: Socket) => void socket.write(text);
const errorsOf = (run: RealRun): string[] => [...new Set(run.kept.map((call) => call.error))];

describe('answers that are whole', () => {
  it.each([
    ['content-length', OK],
    ['chunked', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['an interim answer before', `HTTP/1.1 100 Continue\r\n\r\n${OK}`],
  ])('%s: ok, on connections that are used again', async (_name, text) => {
    const run = await against(reply(text), { connections: 20 });
    expect(run.result.finished).toEqual({ ...NONE, ok: 100 });
    expect(server?.connections()).toBeLessThanOrEqual(20);
    expect(run.counter('reconnects')).toBe(0);
    expect(run.counter('bytes_in')).toBe(100 * text.length);
  });

  it.each([
    ['connection: close', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok'],
  ])('%s: ok, each on a connection of its own', async (_name, text) => {
    const run = await against(reply(text), { connections: 10 });
    expect(run.result.finished).toEqual({ ...NONE, ok: 100 });
    expect(server?.connections()).toBeGreaterThanOrEqual(100);
    expect(run.counter('reconnects')).toBeGreaterThanOrEqual(90);
  });

  it('a body that ends with the connection: ok', async () => {
    const run = await against((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nthat is all'));
    expect(run.result.finished).toEqual({ ...NONE, ok: 100 });
  });

  it('an answer to HEAD: ok, without its body', async () => {
    const run = await against(reply('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n'), {
      http: { method: 'HEAD' },
    });
    expect(run.result.finished).toEqual({ ...NONE, ok: 100 });
  });

  it('a status that the step does not accept: status, and the connection stays', async () => {
    const run = await against(reply('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n'), {
      connections: 20,
    });
    expect(run.result.finished).toEqual({ ...NONE, status: 100 });
    expect(run.kept).toHaveLength(100);
    expect(run.kept[0]).toMatchObject({ outcome: 'status', status: 503, error: '', kept: 'error' });
    expect(server?.connections()).toBeLessThanOrEqual(20);
  });

  it('more bytes than the answer: ok, and the connection is not used again', async () => {
    const run = await against(reply(`${OK}extra`));
    expect(run.result.finished).toEqual({ ...NONE, ok: 100 });
    expect(server?.connections()).toBeGreaterThanOrEqual(100);
  });
});

describe('answers that are none', () => {
  it.each([
    ['garbage', '\x00\xff\x13 not HTTP at all', 'bad status line'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      'conflicting content-length',
    ],
  ])('%s: transport, with what is wrong', async (_name, text, error) => {
    const run = await against(reply(text));
    expect(run.result.finished).toEqual({ ...NONE, transport: 100 });
    expect(errorsOf(run)).toEqual([error]);
  });

  it('a close before any byte: transport, and the request is not sent again', async () => {
    const run = await against((socket) => socket.end());
    expect(run.result.finished).toEqual({ ...NONE, transport: 100 });
    expect(errorsOf(run)).toEqual(['ECONNRESET']);
    expect(server?.requests).toHaveLength(100);
  });

  it('a reset: transport', async () => {
    const run = await against((socket) => socket.resetAndDestroy());
    expect(run.result.finished).toEqual({ ...NONE, transport: 100 });
    expect(errorsOf(run)).toEqual(['ECONNRESET']);
  });

  it('a close within the answer: transport', async () => {
    const run = await against((socket) => socket.end(OK.slice(0, -1)));
    expect(run.result.finished).toEqual({ ...NONE, transport: 100 });
    expect(errorsOf(run)).toEqual(['closed mid-response']);
  });

  it('silence: timeout, censored exactly at the bound', async () => {
    const run = await against(() => undefined, { timeoutNs: 150 * MS, connections: 100 });
    expect(run.result.finished).toEqual({ ...NONE, timeout: 100 });
    const service = run.histogram('service', 'timeout');
    expect(quantile(service, 0) / (150 * MS)).toBeCloseTo(1, 3);
    expect(quantile(service, 1) / (150 * MS)).toBeCloseTo(1, 3);
    expect(run.result.endedNs).toBeLessThan(30 * NS_PER_SEC);
  });

  it('an answer that drips past the bound: timeout', async () => {
    const run = await against(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n');
        const drip = (): void => {
          if (socket.writable) socket.write('x', () => setImmediate(drip));
        };
        drip();
      },
      // Time enough for the head to come on a busy machine, of some of them at least.
      { timeoutNs: NS_PER_SEC, ratePerSec: 50 },
    );
    expect(run.result.finished).toEqual({ ...NONE, timeout: 10 });
    expect(run.counter('late_responses')).toBeGreaterThan(0);
    expect(run.counter('late_responses')).toBeLessThanOrEqual(10);
  });
});

describe('a target that cannot be reached', () => {
  it('refuses: transport with the reason, promptly, and without a service time', async () => {
    const { port, release } = await refusingPort();
    const run = await realRun({
      url: `http://127.0.0.1:${port}`,
      ratePerSec: 200,
      durationNs: 2 * NS_PER_SEC,
      ...PATIENT,
    });
    release();
    expect(run.result.finished).toEqual({ ...NONE, transport: 400 });
    expect(errorsOf(run)).toEqual(['ECONNREFUSED']);
    expect(quantile(run.histogram('response', 'transport'), 0.99)).toBeLessThan(10 * NS_PER_SEC);
    expect(countOf(run.histogram('service', 'transport'))).toBe(0);
    expect(run.result.endedNs).toBeLessThan(30 * NS_PER_SEC);
    // It is dialled now and then, not for every arrival, nor all the time.
    const dials = run.slices.flatMap(({ connectErrors }) => connectErrors);
    expect(dials.reduce((sum, { count }) => sum + count, 0)).toBeLessThan(200);
  });

  it('is found again when it comes back', async () => {
    const port = await freePort();
    const answeredAgain = countdown(10);
    const first = await startRawServer(
      (socket) => {
        socket.write(OK);
        if (first.requests.length === 20) void first.close();
      },
      { port },
    );
    let second: Promise<RawServer> | undefined;
    const run = await realRun({
      url: first.url,
      ratePerSec: 100,
      durationNs: 60 * NS_PER_SEC,
      onSlice: ({ connectErrors }) => {
        if (connectErrors.length === 0) return;
        second ??= startRawServer(
          (socket) => {
            socket.write(OK);
            answeredAgain.count();
          },
          { port },
        );
      },
      onBegun: stopAfter(answeredAgain),
    });
    await (await second)?.close();
    const { ok, transport } = run.result.finished;
    expect(ok + transport).toBe(run.result.arrivals);
    expect(transport).toBeGreaterThan(0);
    expect(ok).toBeGreaterThanOrEqual(30);
    expect(run.counter('reconnects')).toBeGreaterThan(0);
  });

  it('takes no more connections: transport with `connect timeout`', async () => {
    // Listens with the shortest backlog and then never runs again: further SYNs are not answered.
    const deaf = new Worker(
      `const { createServer } = require('node:net');
       const { parentPort } = require('node:worker_threads');
       const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
         parentPort.postMessage(server.address().port);
         setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
       });`,
      { eval: true },
    );
    const [port] = (await once(deaf, 'message')) as [number];
    const run = await realRun({
      url: `http://127.0.0.1:${port}`,
      ratePerSec: 50,
      durationNs: NS_PER_SEC,
      timeoutNs: 200 * MS,
      connectTimeoutNs: 100 * MS,
      gracefulStopNs: 2 * NS_PER_SEC,
    });
    await deaf.terminate();
    const { timeout, transport, cancelled } = run.result.finished;
    expect(timeout + transport + cancelled).toBe(50);
    expect(transport).toBeGreaterThan(0);
    expect(errorsOf(run)).toContain('connect timeout');
  });

  it('has no usable url: an error before anything is sent', async () => {
    const scenario = realScenario({ url: 'nowhere', ratePerSec: 1, durationNs: NS_PER_SEC });
    const starting = startSender({
      scenario: asReady(scenario),
      runId: RUN_ID,
      onSlice: () => undefined,
    });
    await expect(starting).rejects.toMatchObject({ code: 'TARGET_UNRESOLVED' });
  });
});

describe('what is sent', () => {
  it('carries trace ids of its own on every call, known again from the numbers', async () => {
    const run = await against(reply(OK), { headRatio: 1 });
    const ids = new RunIds(RUN_ID);
    const sent = server?.requests.map((r) => /^traceparent: (.*)\r$/mu.exec(r)?.[1]);
    const wanted = run.kept.map((c) => `00-${ids.traceId(c.seq)}-${ids.spanId(c.spanSeq)}-01`);
    expect(sent?.toSorted()).toEqual(wanted.toSorted());
    expect(new Set(sent).size).toBe(100);
  });

  it.each([
    ['small', 10],
    ['large', 200_000],
  ])('holds the headers and a %s body, whole', async (_name, length) => {
    const body = 'x'.repeat(length);
    const run = await against(reply(OK), {
      ratePerSec: 100,
      http: {
        method: 'POST',
        path: '/a b?q=ü',
        headers: [
          ['Content-Type', 'application/json'],
          ['Content-Length', '1'],
        ],
        body,
      },
    });
    expect(run.result.finished).toEqual({ ...NONE, ok: 20 });
    for (const request of server?.requests ?? []) {
      expect(request.startsWith('POST /a%20b?q=%C3%BC HTTP/1.1\r\n')).toBe(true);
      expect(request).toContain(`\r\nhost: ${new URL(server?.url ?? '').host}\r\n`);
      expect(request).toContain('\r\nContent-Type: application/json\r\n');
      expect(request.match(/content-length/giu)).toHaveLength(1);
      expect(request.endsWith(`\r\n\r\n${body}`)).toBe(true);
    }
    expect(run.counter('bytes_out')).toBe(20 * (server?.requests[0]?.length ?? 0));
  });
});

describe('the handle', () => {
  it('stops a run early with all that was measured', async () => {
    const asked = Promise.withResolvers<void>();
    const run = await against(
      (socket) => {
        socket.write(OK);
        if (server?.requests.length === 20) asked.resolve();
      },
      {
        durationNs: 60 * NS_PER_SEC,
        onBegun: (handle) => void asked.promise.then(() => handle.stop(20 * NS_PER_SEC)),
      },
    );
    const { arrivals, finished, stopped, endedNs } = run.result;
    expect(stopped).toBe(true);
    expect(endedNs).toBeLessThan(50 * NS_PER_SEC);
    expect(arrivals).toBeGreaterThanOrEqual(20);
    expect(finished).toEqual({ ...NONE, ok: arrivals });
    expect(countOf(run.histogram('response'))).toBe(arrivals);
  });

  it('cancels calls under way when the grace is over', async () => {
    const asked = Promise.withResolvers<void>();
    const run = await against(() => asked.resolve(), {
      durationNs: 60 * NS_PER_SEC,
      onBegun: (handle) => void asked.promise.then(() => handle.stop(100 * MS)),
    });
    expect(run.result.finished).toEqual({ ...NONE, cancelled: run.result.arrivals });
    expect(run.result.arrivals).toBeGreaterThan(0);
  });

  it('hands out every second in order', async () => {
    const run = await against(reply(OK), { durationNs: 2_100 * MS });
    // Those past the load are of answers that a busy machine is late with.
    const seconds = run.slices.map(({ second }) => second);
    expect(seconds).toEqual(seconds.map((_, i) => i));
    expect(seconds.length).toBeGreaterThanOrEqual(3);
  });

  it('rejects where the worker breaks', async () => {
    const whole = realScenario({
      url: 'http://127.0.0.1:1',
      ratePerSec: 1,
      durationNs: NS_PER_SEC,
    });
    const scenario = { ...whole, flows: [] };
    const starting = startSender({
      scenario: asReady(scenario),
      runId: RUN_ID,
      onSlice: () => undefined,
    });
    await expect(starting).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });
});

describe('several sending workers', () => {
  it('send each arrival once, with a trace of its own, and give one slice a second', async () => {
    const traces: string[] = [];
    const run = await against(
      (socket, request) => {
        traces.push(...(/traceparent: 00-([0-9a-f]{32})/u.exec(request)?.slice(1) ?? []));
        socket.write(OK);
      },
      { workers: 3, durationNs: NS_PER_SEC, headRatio: 1 },
    );
    expect(run.result).toMatchObject({ arrivals: 500, finished: { ...NONE, ok: 500 } });
    expect(new Set(traces).size).toBe(500);
    expect(traces.length).toBe(500);
    expect(countOf(run.histogram('response'))).toBe(500);
    expect(run.kept.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 500 }, (_, seq) => seq),
    );
    expect(run.slices.map(({ second }) => second)).toEqual(run.slices.map((_, i) => i));
  });
});
