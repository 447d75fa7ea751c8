import { createServer as createHttp1 } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';

import { NS_PER_MS, rngFrom } from '../../src/core/index.ts';
import { headersFrame, serveFrames } from './http2-frames.ts';
import {
  httpProxy,
  listening,
  rawServer,
  rawTalk,
  toxic,
  untilIdle,
  type HttpProxy,
} from './http-proxy.ts';
import { oddAnswer, oddFrames, oddStream, playStream } from './http-stream-fuzz.ts';

/** `CALLGAUGE_FUZZ_COUNT` sends more of them. */
const COUNT = Number(process.env['CALLGAUGE_FUZZ_COUNT'] ?? 200);
const SEED = Number(process.env['CALLGAUGE_FUZZ_SEED'] ?? 1);
const AT_ONCE = 32;
const PATIENT = { timeout: 240_000 + COUNT * 60 };
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

const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
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
  it(
    `${COUNT} of them (seed ${SEED}) crash nothing and leave nothing behind`,
    PATIENT,
    async () => {
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
      for (const proxy of proxies) await untilIdle(proxy);
      const grownMb = heapMb() - before;
      expect(grownMb).toBeLessThan(HEAP_GROWTH_MB_MAX);
      const [proxy] = proxies;
      for (const { name } of TOXICS) await proxy?.set.removeToxic('edge', name);
      expect((await rawTalk(proxy?.port ?? 0, [LAST])).received).toMatch(/^HTTP\/1\.1 200 /u);
      const counted = await Promise.all(proxies.map(({ set }) => set.stats()));
      expect(counted.every((one) => (one.get('edge')?.malformedRequests ?? 0) > COUNT / 20)).toBe(
        true,
      );
    },
  );
});

describe('malformed answers of upstreams', () => {
  // A client may leave before its connection is accepted, so nothing is said of how many there
  // were. The proxy accepts in order: by the answer to a last call it has accepted all that came
  // before.
  const withoutToxics = async ({ set }: HttpProxy): Promise<void> => {
    for (const { name } of TOXICS) await set.removeToxic('edge', name);
  };

  it(
    `${COUNT} of HTTP/1.1 (seed ${SEED}) crash nothing and leave nothing behind`,
    PATIENT,
    async () => {
      let [index, isLast] = [0, false];
      const { port, stop } = await rawServer((socket) => {
        // A request that a toxic answers never comes here, but its client's end does.
        socket.once('end', () => socket.end());
        socket.once('data', () => {
          index += 1;
          socket.end(isLast ? 'HTTP/1.1 200 OK\r\n\r\nlast' : oddAnswer(SEED, index));
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
      await withoutToxics(proxy);
      await untilIdle(proxy);
      isLast = true;
      expect((await rawTalk(proxy.port, [LAST])).received).toMatch(/^HTTP\/1\.1 200 .*last$/su);
      await untilIdle(proxy);
      expect(index).toBeGreaterThan(COUNT / 4);
    },
  );

  it(
    `${COUNT} of HTTP/2 (seed ${SEED}) crash nothing and leave nothing behind`,
    PATIENT,
    async () => {
      let [index, isLast] = [0, false];
      const { port, stop } = await rawServer((socket) => {
        socket.once('end', () => socket.end());
        serveFrames(socket, (streamId) => {
          index += 1;
          const good = headersFrame(streamId, true, [[':status', '200']]);
          if (socket.writable) socket.write(isLast ? good : oddFrames(SEED, index, streamId));
          setImmediate(() => socket.end());
        });
      });
      const proxy = await httpProxy(port, { toxics: TOXICS });
      open.push(stop, () => proxy.close());
      /** Returns the status; undefined where there was none to read. */
      const ask = (): Promise<number | undefined> =>
        new Promise((resolve) => {
          let status: number | undefined;
          const client = connectHttp2(proxy.url, { maxSessionMemory: 50 });
          client.on('error', () => undefined);
          const stream = client.request({ ':path': '/' }, { endStream: true });
          stream.on('error', () => undefined);
          stream.on('response', (headers) => (status = headers[':status']));
          stream.resume();
          stream.once('close', () => client.destroy());
          client.once('close', () => resolve(status));
        });
      for (let i = 0; i < COUNT; i += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, ask));
      }
      await withoutToxics(proxy);
      await untilIdle(proxy);
      isLast = true;
      expect(await ask()).toBe(200);
      await untilIdle(proxy);
      expect(index).toBeGreaterThan(COUNT / 4);
    },
  );
});
