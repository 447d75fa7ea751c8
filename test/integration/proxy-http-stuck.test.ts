import { once } from 'node:events';
import { createServer as createHttp1 } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2';
import { connect, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';

import {
  httpProxy,
  listening,
  rawServer,
  rawTalk,
  toxic,
  untilIdle,
  type HttpProxy,
} from './http-proxy.ts';

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const GET = 'GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n';
const STALL = toxic('http_slow_body', { bytesPerSec: 0 });

async function stalled(server: Server): Promise<HttpProxy> {
  const { port, stop } = await listening(server);
  const proxy = await httpProxy(port, { toxics: [STALL] });
  open.push(stop, () => proxy.close());
  return proxy;
}

function hello1(): Server {
  return createHttp1((_incoming, answer) => answer.end('hello'));
}

function hello2(): Server {
  const server = createHttp2();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200 });
    stream.end('hello');
  });
  return server;
}

function textUntil(socket: Socket, wanted: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (text.includes(wanted)) resolve(text);
    });
  });
}

describe('a body at rate 0', () => {
  it('of HTTP/1.1 goes on when its toxic is taken off, and so does the connection', async () => {
    const proxy = await stalled(hello1());
    const client = connect(proxy.port, '127.0.0.1');
    open.push(() => client.destroy());
    client.write(GET);
    await textUntil(client, '\r\n\r\n');
    const body = textUntil(client, 'hello');
    await proxy.set.removeToxic('edge', STALL.name);
    await body;
    const next = textUntil(client, 'hello');
    client.write(GET);
    expect(await next).toMatch(/^HTTP\/1\.1 200 /u);
  });

  it('of HTTP/2 goes on when its toxic is taken off', async () => {
    const proxy = await stalled(hello2());
    const client = connectHttp2(proxy.url);
    open.push(() => client.destroy());
    const stream = client.request({ ':path': '/' });
    await once(stream, 'response');
    const body = once(stream, 'data');
    await proxy.set.removeToxic('edge', STALL.name);
    expect(String((await body)[0])).toBe('hello');
  });

  it('of HTTP/1.1 keeps no connection of a client that has gone', async () => {
    const proxy = await stalled(hello1());
    const client = connect(proxy.port, '127.0.0.1');
    client.write(GET);
    await textUntil(client, '\r\n\r\n');
    client.destroy();
    await untilIdle(proxy);
  });

  it('of HTTP/2 keeps no connection of a client that has gone', async () => {
    const proxy = await stalled(hello2());
    const client = connectHttp2(proxy.url);
    const stream = client.request({ ':path': '/' });
    await once(stream, 'response');
    client.on('error', () => undefined);
    stream.on('error', () => undefined);
    client.destroy();
    await untilIdle(proxy);
  });
});

describe('what is no message of HTTP/1.1', () => {
  it.each([
    ['a head that breaks off', 'HTTP/1.1 500 Oops\r\nContent-Type: text/pl'],
    ['a text', 'hello world'],
    ['a chunk that breaks off', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5'],
  ])('goes to the client as it came when the upstream ends: %s', async (_name, bytes) => {
    const { port, stop } = await rawServer((socket) =>
      socket.once('data', () => socket.end(bytes)),
    );
    const proxy = await httpProxy(port);
    open.push(stop, () => proxy.close());
    expect(await rawTalk(proxy.port, [GET])).toEqual({ received: bytes, end: 'FIN' });
  });

  it('is not held back while the upstream stays', async () => {
    const bytes = 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc';
    const { port, stop } = await rawServer((socket) => {
      socket.once('data', () => socket.write(bytes));
    });
    const proxy = await httpProxy(port);
    const client = connect(proxy.port, '127.0.0.1');
    open.push(
      stop,
      () => proxy.close(),
      () => client.destroy(),
    );
    client.write(GET);
    expect(await textUntil(client, 'abc')).toBe(bytes);
  });

  it.each([
    ['bare line feeds', 'GET / HTTP/1.1\nHost: x\n\n'],
    ['the first bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a line', 'hello there\r\n'],
  ])('is refused at once from a client that stays: %s', async (_name, bytes) => {
    const { port, stop } = await listening(hello1());
    const proxy = await httpProxy(port);
    open.push(stop, () => proxy.close());
    const { received, end } = await rawTalk(proxy.port, [bytes]);
    expect([received.slice(0, 12), end]).toEqual(['HTTP/1.1 400', 'FIN']);
  });
});
