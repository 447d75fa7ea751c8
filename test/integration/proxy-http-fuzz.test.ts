import { createServer as createHttp1 } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';

import { NS_PER_MS, rngFrom, sleep, systemClock } from '../../src/core/index.ts';
import { serveFrames } from './http2-frames.ts';
import { httpProxy, listening, rawServer, rawTalk, toxic } from './http-proxy.ts';
import { oddAnswer, oddFrames, oddStream, playStream } from './http-stream-fuzz.ts';

const COUNT = Number(process.env['CALLGAUGE_FUZZ_COUNT'] ?? 500);
const SEED = Number(process.env['CALLGAUGE_FUZZ_SEED'] ?? 1);
const AT_ONCE = 32;
const HEAP_GROWTH_MB_MAX = 30;
const open: (() => unknown)[] = [];

afterAll(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** What is still reachable, in MB. */
function heapMb(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const delay = { distribution: 'uniform', fromNs: 0, toNs: 3 * NS_PER_MS } as const;
const TOXICS = [
  toxic('http_delay', { delay }, { toxicity: 0.3 }),
  toxic(
    'http_abort',
    { status: 500, body: 'no', contentType: 'text/x', headers: {} },
    { toxicity: 0.1 },
  ),
  toxic('http_reset', {}, { toxicity: 0.05 }),
  toxic('http_body', { how: 'truncate', bytes: 1, body: '' }, { toxicity: 0.1 }),
];

describe('malformed streams of HTTP', () => {
  it(`${COUNT} of them (seed ${SEED}) crash nothing and leave nothing behind`, async () => {
    const http1 = await listening(
      createHttp1((incoming, answer) => incoming.resume().on('end', () => answer.end('hello'))),
    );
    const server2 = createHttp2();
    server2.on('sessionError', () => undefined);
    server2.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.respond({ ':status': 200 });
      stream.end('hello');
    });
    const http2 = await listening(server2);
    const proxies = await Promise.all(
      [http1, http2].map(({ port }) => httpProxy(port, { toxics: TOXICS, callerFaults: true })),
    );
    open.push(http1.stop, http2.stop, ...proxies.map((proxy) => () => proxy.close()));
    const play = async (from: number): Promise<void> => {
      for (let i = from; i < COUNT; i += AT_ONCE) {
        const { port } = proxies[i % 4 === 0 ? 0 : i % 2] ?? { port: 0 };
        await playStream(port, oddStream(SEED, i), rngFrom(SEED, `ending/${i}`));
      }
    };
    const before = heapMb();
    await Promise.all(Array.from({ length: AT_ONCE }, (_, from) => play(from)));
    const clock = systemClock();
    const live = async (): Promise<number> => {
      const stats = await Promise.all(proxies.map((proxy) => proxy.set.stats()));
      return stats.reduce((sum, one) => sum + (one.get('edge')?.liveConnections ?? 0), 0);
    };
    for (let waits = 0; waits < 100 && (await live()) > 0; waits++) {
      await sleep(clock, 20 * NS_PER_MS);
    }
    expect(await live()).toBe(0);
    const grownMb = heapMb() - before;
    expect(grownMb).toBeLessThan(HEAP_GROWTH_MB_MAX);
    const [proxy] = proxies;
    for (const name of TOXICS.map((one) => one.name)) await proxy?.set.removeToxic('edge', name);
    const last = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    expect((await rawTalk(proxy?.port ?? 0, [last])).received).toMatch(/^HTTP\/1\.1 200 /u);
    const counted = await Promise.all(proxies.map(({ set }) => set.stats()));
    expect(counted.every((one) => (one.get('edge')?.malformedRequests ?? 0) > COUNT / 20)).toBe(
      true,
    );
  });
});

describe('malformed answers of upstreams', () => {
  it(`${COUNT} of HTTP/1.1 (seed ${SEED}) crash nothing`, async () => {
    let index = 0;
    const { port, stop } = await rawServer((socket) => {
      socket.once('data', () => {
        index += 1;
        socket.end(oddAnswer(SEED, index));
      });
    });
    const proxy = await httpProxy(port, { toxics: TOXICS });
    open.push(stop, () => proxy.close());
    const get = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    for (let i = 0; i < COUNT; i += AT_ONCE) {
      const players = Array.from({ length: AT_ONCE }, (_, j) =>
        playStream(proxy.port, get, rngFrom(SEED, `ending/${i + j}`)),
      );
      await Promise.all(players);
    }
    expect(index).toBeGreaterThan(COUNT / 4);
    expect((await proxy.set.stats()).get('edge')?.connections).toBeGreaterThanOrEqual(COUNT);
  });

  it(`${COUNT} of HTTP/2 (seed ${SEED}) crash nothing`, async () => {
    let index = 0;
    const { port, stop } = await rawServer((socket) => {
      serveFrames(socket, (streamId) => {
        index += 1;
        if (socket.writable) socket.write(oddFrames(SEED, index, streamId));
        setImmediate(() => socket.end());
      });
    });
    const proxy = await httpProxy(port, { toxics: TOXICS });
    open.push(stop, () => proxy.close());
    const ask = (): Promise<void> =>
      new Promise((resolve) => {
        const client = connectHttp2(proxy.url, { maxSessionMemory: 50 });
        client.on('error', () => undefined);
        const stream = client.request({ ':path': '/' }, { endStream: true });
        stream.on('error', () => undefined);
        stream.resume();
        stream.once('close', () => client.destroy());
        client.once('close', () => resolve());
      });
    for (let i = 0; i < COUNT; i += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, ask));
    }
    expect(index).toBeGreaterThan(COUNT / 4);
    expect((await proxy.set.stats()).get('edge')?.connections).toBeGreaterThanOrEqual(COUNT);
  });
});
