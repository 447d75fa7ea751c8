import { once } from 'node:events';
import { connect, createServer, type ClientHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import type { Toxic } from '../../src/toxics/index.ts';
import { dataFrame, headersFrame, serveFrames } from './http2-frames.ts';
import { httpProxy, listening, rawServer, toxic } from './http-proxy.ts';

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const CANCEL = 8;
const PROTOCOL_ERROR = 1;
const OK = [':status', '200'] as const;
const HIDDEN = ['http2-settings', 'x'] as const;

/** A client of a proxy before a port. */
async function clientOf(port: number, toxics: readonly Toxic[] = []): Promise<ClientHttp2Session> {
  const proxy = await httpProxy(port, { toxics });
  const client = connect(proxy.url);
  client.on('error', () => undefined);
  open.push(
    () => proxy.close(),
    () => client.destroy(),
  );
  return client;
}

/** A client of a proxy before a server that answers every request so. */
async function before(
  answer: (streamId: number, socket: Socket) => void,
  toxics: readonly Toxic[] = [],
): Promise<ClientHttp2Session> {
  const { port, stop } = await rawServer((socket) => serveFrames(socket, answer));
  open.push(stop);
  return clientOf(port, toxics);
}

interface Seen {
  readonly status: number | undefined;
  readonly body: string;
  readonly rstCode: number;
}

async function ask(client: ClientHttp2Session, path = '/'): Promise<Seen> {
  const stream = client.request({ ':path': path });
  let status: number | undefined;
  let body = '';
  stream.on('error', () => undefined);
  stream.on('response', (headers) => (status = headers[':status']));
  stream.on('data', (bytes: Buffer) => (body += bytes.toString()));
  stream.end();
  await new Promise((resolve) => {
    stream.once('close', resolve);
  });
  return { status, body, rstCode: stream.rstCode ?? -1 };
}

describe('answers that no session sends on', () => {
  it.each<[string, (id: number, socket: Socket) => void]>([
    ['a header of connections', (id, to) => to.write(headersFrame(id, true, [OK, HIDDEN]))],
    ['a status that is none', (id, to) => to.write(headersFrame(id, true, [[':status', '999']]))],
    [
      'an interim answer with a header of connections',
      (id, to) => {
        to.write(headersFrame(id, false, [[':status', '103'], HIDDEN]));
        to.write(headersFrame(id, true, [OK]));
      },
    ],
    [
      'trailers with a header of connections',
      (id, to) => {
        to.write(headersFrame(id, false, [OK]));
        to.write(dataFrame(id, false, 'hi'));
        to.write(headersFrame(id, true, [HIDDEN]));
      },
    ],
  ])('reset their stream and nothing else: %s', async (_name, answer) => {
    const client = await before((id, socket) => {
      if (id === 1) answer(id, socket);
      else socket.write(headersFrame(id, true, [OK]));
    });
    expect((await ask(client)).rstCode).toBe(PROTOCOL_ERROR);
    expect(await ask(client)).toEqual({ status: 200, body: '', rstCode: 0 });
  });

  it('are not made by faults: te goes out of edits and aborts', async () => {
    const answers = (id: number, socket: Socket): void =>
      void socket.write(headersFrame(id, true, [OK]));
    const add = { te: 'gzip' };
    const edited = await before(answers, [toxic('http_headers', { remove: [], set: {}, add })]);
    expect(await ask(edited)).toMatchObject({ status: 200, rstCode: 0 });
    const abort = { status: 503, body: 'no', contentType: '', headers: add };
    const aborted = await before(answers, [toxic('http_abort', abort)]);
    expect(await ask(aborted)).toEqual({ status: 503, body: 'no', rstCode: 0 });
  });
});

describe('an upstream that ends in the middle of an answer', () => {
  it('ends the connection of the client too', async () => {
    const client = await before((id, socket) => {
      socket.write(headersFrame(id, false, [OK]));
      socket.end();
    });
    const closed = once(client, 'close');
    expect(await ask(client)).toMatchObject({ status: 200, body: '' });
    await closed;
  });
});

describe('bounds of a connection of HTTP/2', () => {
  it('are small windows: what is not read of a stream lies at its sender', async () => {
    const server = createServer();
    const told = new Promise<number | undefined>((resolve) => {
      server.on('session', (session) =>
        session.once('remoteSettings', (settings) => resolve(settings.initialWindowSize)),
      );
    });
    const { port, stop } = await listening(server);
    open.push(stop);
    const client = await clientOf(port);
    const [settings] = (await once(client, 'remoteSettings')) as [{ initialWindowSize: number }];
    expect(settings.initialWindowSize).toBeLessThanOrEqual(256 * 1024);
    expect(await told).toBeLessThanOrEqual(256 * 1024);
  });

  it('are none on how often a client cancels', async () => {
    const COUNT = 1_500;
    const server = createServer({ streamResetBurst: 1e6, streamResetRate: 1e6 });
    server.on('sessionError', () => undefined);
    server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      if (headers[':path'] === '/last') stream.respond({ ':status': 200 }, { endStream: true });
    });
    const { port, stop } = await listening(server);
    open.push(stop);
    const client = await clientOf(port);
    await once(client, 'remoteSettings');
    for (let i = 0; i < COUNT; i += 100) {
      const cancelled = Array.from({ length: 100 }, () => {
        const stream = client.request({ ':path': '/' });
        stream.on('error', () => undefined);
        setImmediate(() => stream.close(CANCEL));
        return new Promise((resolve) => {
          stream.once('close', resolve);
        });
      });
      await Promise.all(cancelled);
    }
    expect(await ask(client, '/last')).toMatchObject({ status: 200, rstCode: 0 });
  });

  it("follow the upstream's bound of streams both down and up", async () => {
    const server = createServer({ settings: { maxConcurrentStreams: 5 } });
    server.on('session', (session) => {
      session.once('stream', (stream) => {
        stream.respond({ ':status': 200 }, { endStream: true });
        session.settings({ maxConcurrentStreams: 5_000 });
      });
      session.on('error', () => undefined);
    });
    const { port, stop } = await listening(server);
    open.push(stop);
    const client = await clientOf(port);
    const bounds: (number | undefined)[] = [];
    const isUp = new Promise<void>((resolve) => {
      client.on('remoteSettings', ({ maxConcurrentStreams }) => {
        bounds.push(maxConcurrentStreams);
        if (maxConcurrentStreams === 5) void ask(client);
        if (bounds.length === 3) resolve();
      });
    });
    await isUp;
    expect(bounds).toEqual([1_000, 5, 1_000]);
  });
});
