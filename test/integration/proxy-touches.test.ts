import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import { NS_PER_MS, NS_PER_SEC, systemClock } from '../../src/core/index.ts';
import { ProxySet } from '../../src/proxy/index.ts';
import { TouchLog } from '../../src/proxy/touch-log.ts';
import type { ProxySpec, Toxic } from '../../src/toxics/index.ts';
import { RunIds } from '../../src/trace/index.ts';
import { freePort } from './free-port.ts';
import { listening, toxic } from './http-proxy.ts';

const ids = new RunIds('691fab800000beef');
const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** Starts a proxy, which tells whom it touches, in front of a port. */
async function proxyOf(upstreamPort: number, protocol: ProxySpec['protocol'], toxics: Toxic[]) {
  const { runId } = ids;
  const set = new ProxySet({
    clock: systemClock(),
    seed: 7,
    runId,
    touches: new TouchLog({ runId }),
  });
  const spec = { name: 'edge', listen: '127.0.0.1:0', callerFaults: false, protocol };
  const { listen } = await set.create(
    { ...spec, upstream: `127.0.0.1:${upstreamPort}` },
    { toxics },
  );
  open.push(() => set.close());
  return { set, port: Number(listen.split(':').at(-1)) };
}

/** An upstream of HTTP/1.1 and the numbers of the requests that reached it. */
async function upstream(): Promise<{ readonly port: number; readonly reached: number[] }> {
  const reached: number[] = [];
  const server = createServer((message, response) => {
    reached.push(numberOf(message.headers['traceparent']));
    response.end('{"ok":true}');
  });
  const { port, stop } = await listening(server);
  open.push(stop);
  return { port, reached };
}

/** Request n has trace n and span n. */
function traceparent(n: number): string {
  return `00-${ids.traceId(n)}-${ids.spanId(n)}-01`;
}

function numberOf(header: string | string[] | undefined): number {
  return ids.seqOfTraceId(String(header).split('-')[1] ?? '') ?? -1;
}

/** Takes what the toxics touched: the numbers of the requests, each as often as it was told. */
async function touched(set: ProxySet): Promise<{ numbers: number[]; connections: number }> {
  const { requests, connections, lost } = await set.takeTouches();
  expect(lost).toBe(0);
  const numbers = requests.map(({ traceId, spanId }) => {
    const n = ids.seqOfTraceId(traceId) ?? -1;
    expect(spanId).toBe(ids.spanId(n));
    return n;
  });
  return { numbers: numbers.toSorted((a, b) => a - b), connections: connections.length };
}

/** Returns the status of one answer, or the code of the error in its place. */
function answerOf(port: number, n: number, agent: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', agent, headers: headersOf(n) });
    sent.on('response', (response: IncomingMessage) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', () => resolve('ECONNRESET'));
    });
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end();
  });
}

function headersOf(n: number): Record<string, string> {
  return { traceparent: traceparent(n) };
}

/** Makes calls one after the other on each of some connections; those of c from 100 (c + 1) on. */
async function keptAlive(
  port: number,
  connections: number,
  calls: number,
): Promise<ReadonlyMap<number, number | string>> {
  const answers = new Map<number, number | string>();
  await Promise.all(
    Array.from({ length: connections }, async (_, c) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      open.push(() => agent.destroy());
      for (let i = 0; i < calls; i++) {
        const n = 100 * (c + 1) + i;
        answers.set(n, await answerOf(port, n, agent));
      }
    }),
  );
  return answers;
}

const SOME = { toxicity: 0.3 };

describe.each(['tcp', 'http'] as const)(
  'a proxy of %s tells whom a toxic on bytes touched',
  (protocol) => {
    it('of a latency: the requests whose answers it holds, and no other', async () => {
      const { port, reached } = await upstream();
      const slow = toxic('latency', { latencyNs: 3_600 * NS_PER_SEC, jitterNs: 0 }, SOME);
      const proxy = await proxyOf(port, protocol, [slow]);
      const answers = new Map<number, number | string>();
      const agents = Array.from({ length: 30 }, () => new Agent({ keepAlive: true }));
      open.push(() => agents.forEach((agent) => agent.destroy()));
      const calls = agents.map(async (agent, n) =>
        answers.set(n, await answerOf(proxy.port, n, agent)),
      );
      // Of each call it is known what becomes of it: it is answered, or its answer is held.
      const told: number[] = [];
      await expect
        .poll(async () => {
          told.push(...(await touched(proxy.set)).numbers);
          return told.length + answers.size;
        })
        .toBe(30);
      const held = agents.map((_, n) => n).filter((n) => !answers.has(n));
      expect(told.toSorted((a, b) => a - b)).toEqual(held);
      expect(held.length).toBeGreaterThan(0);
      expect(answers.size).toBeGreaterThan(0);
      expect(reached.length).toBe(30);
      await proxy.set.removeToxic('edge', 'latency');
      await Promise.all(calls);
      expect(await touched(proxy.set)).toEqual({ numbers: [], connections: 0 });
    });

    it('of a latency on a kept connection: every request while it was on', async () => {
      const { port } = await upstream();
      const slow = toxic('latency', { latencyNs: 50 * NS_PER_MS, jitterNs: 0 }, SOME);
      const proxy = await proxyOf(port, protocol, [slow]);
      await keptAlive(proxy.port, 20, 5);
      const { numbers, connections } = await touched(proxy.set);
      const wholly = new Set(numbers.map((n) => Math.floor(n / 100)));
      expect(numbers).toEqual([...wholly].flatMap((c) => [0, 1, 2, 3, 4].map((i) => 100 * c + i)));
      const { latency } = (await proxy.set.stats()).get('edge')?.affected ?? {};
      expect([wholly.size, connections]).toEqual([latency, 0]);
      expect(wholly.size).toBeGreaterThan(0);
      expect(wholly.size).toBeLessThan(20);
    });

    it('of a reset_peer: the requests that were reset, of connections that had served others', async () => {
      const { port } = await upstream();
      const proxy = await proxyOf(port, protocol, []);
      const agents = Array.from(
        { length: 30 },
        () => new Agent({ keepAlive: true, maxSockets: 1 }),
      );
      open.push(() => agents.forEach((agent) => agent.destroy()));
      const before = await Promise.all(agents.map((agent, n) => answerOf(proxy.port, n, agent)));
      expect(new Set(before)).toEqual(new Set([200]));
      await proxy.set.addToxic('edge', toxic('reset_peer', { timeoutNs: 0 }, SOME));
      const during = await Promise.all(
        agents.map((agent, n) => answerOf(proxy.port, 100 + n, agent)),
      );
      const reset = during.flatMap((answer, n) => (answer === 200 ? [] : [100 + n]));
      expect(await touched(proxy.set)).toEqual({ numbers: reset, connections: 0 });
      expect(reset.length).toBeGreaterThan(0);
      expect(reset.length).toBeLessThan(30);
    });

    it('of a limit_data: the request that meets the limit, not those before it', async () => {
      const { port } = await upstream();
      const cut = toxic('limit_data', { bytes: 700 });
      const proxy = await proxyOf(port, protocol, [cut]);
      const answers = await keptAlive(proxy.port, 1, 8);
      const failed = [...answers].filter(([, answer]) => answer !== 200).map(([n]) => n);
      const { numbers } = await touched(proxy.set);
      // Whoever meets the limit with the last byte of its answer has that all the same.
      expect(numbers.length).toBeGreaterThan(0);
      expect(numbers).toEqual(expect.arrayContaining(failed));
      expect(numbers.length).toBeLessThan(answers.size);
    });
  },
);

describe('a proxy tells whom a toxic on requests touched', () => {
  it('of HTTP/1.1: those that it answered itself, on kept connections', async () => {
    const { port, reached } = await upstream();
    const proxy = await proxyOf(port, 'http', [toxic('http_abort', { ...ABORT }, SOME)]);
    const answers = await keptAlive(proxy.port, 6, 20);
    const aborted = [...answers.keys()].filter((n) => answers.get(n) === 503);
    const { numbers, connections } = await touched(proxy.set);
    expect([numbers, connections]).toEqual([aborted.toSorted((a, b) => a - b), 0]);
    const others = [...answers.keys()].filter((n) => answers.get(n) === 200);
    expect(reached.toSorted((a, b) => a - b)).toEqual(others.toSorted((a, b) => a - b));
    expect(aborted.length).toBeGreaterThan(0);
  });

  it('of HTTP/2: single streams of one connection', async () => {
    const server = createHttp2Server();
    const reached: number[] = [];
    server.on('stream', (stream, headers) => {
      reached.push(numberOf(headers['traceparent']));
      stream.respond({ ':status': 200 });
      stream.end();
    });
    const { port, stop } = await listening(server);
    open.push(stop);
    const proxy = await proxyOf(port, 'http', [toxic('http_abort', { ...ABORT }, SOME)]);
    const client = connectHttp2(`http://127.0.0.1:${proxy.port}`);
    open.push(() => client.destroy());
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const stream = client.request({ ':path': '/', traceparent: traceparent(n) }).resume();
        const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
        return Number(headers[':status']);
      }),
    );
    const aborted = answers.flatMap((answer, n) => (answer === 503 ? [n] : []));
    expect((await touched(proxy.set)).numbers).toEqual(aborted);
    expect(reached.length).toBe(60 - aborted.length);
    expect(aborted.length).toBeGreaterThan(0);
  });
});

describe('a proxy tells the connection that a toxic touched', () => {
  it('by the client s port, where what passes is not HTTP', async () => {
    const server = createServer();
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => void socket.on('error', () => 0).pipe(socket));
    const { port, stop } = await listening(server);
    open.push(stop);
    const proxy = await proxyOf(port, 'tcp', [toxic('reset_peer', { timeoutNs: 0 }, SOME)]);
    const ends = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const socket = connect(proxy.port, '127.0.0.1');
        open.push(() => socket.destroy());
        await once(socket, 'connect');
        const { localPort } = socket;
        const end = new Promise<string>((resolve) => {
          socket.once('data', () => resolve('echo'));
          socket.once('error', () => resolve('reset'));
        });
        socket.write(Buffer.from([0x16, 3, 1, 0]));
        return { localPort, end: await end };
      }),
    );
    const reset = ends.filter(({ end }) => end === 'reset').map(({ localPort }) => localPort);
    const { requests, connections } = await proxy.set.takeTouches();
    expect(requests).toEqual([]);
    expect(new Set(connections.map(({ clientPort }) => clientPort))).toEqual(new Set(reset));
    expect(reset.length).toBeGreaterThan(0);
    expect(reset.length).toBeLessThan(30);
  });

  it('that it refused', async () => {
    const { port } = await upstream();
    const proxy = await proxyOf(port, 'tcp', [toxic('refuse', {}, { trigger: { first: 1 } })]);
    const clientPort = await freePort();
    const socket = connect({ port: proxy.port, host: '127.0.0.1', localPort: clientPort });
    socket.on('error', () => undefined);
    await new Promise((resolve) => {
      socket.once('close', resolve);
    });
    const { connections } = await proxy.set.takeTouches();
    expect(connections).toMatchObject([{ proxy: 'edge', toxic: 'refuse', clientPort }]);
  });
});

const ABORT = { status: 503, body: '', contentType: '', headers: {} };
