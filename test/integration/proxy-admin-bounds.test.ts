import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { systemClock } from '../../src/core/index.ts';
import { ProxySet, startProxyAdmin, type ProxyAdmin } from '../../src/proxy/index.ts';

let proxies: ProxySet;
let admin: ProxyAdmin;
const sockets: Socket[] = [];

beforeEach(async () => {
  proxies = new ProxySet({ clock: systemClock(), seed: 1 });
  admin = await startProxyAdmin({ control: proxies, listen: { host: '127.0.0.1', port: 0 } });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await admin.close();
  await proxies.close();
});

async function dial(): Promise<Socket> {
  const { hostname, port } = new URL(admin.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Returns all that comes until the server closes the connection. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
  if (!socket.destroyed) await once(socket, 'close');
  return text;
}

it('refuses a body past the bound, announced or not, without waiting for its end', async () => {
  const announced = await dial();
  announced.write('POST /proxies HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1048577\r\n\r\n');
  expect(await heard(announced)).toMatch(
    /^HTTP\/1\.1 413 .+ it is over 1048576 bytes","status":413/su,
  );
  const chunked = await dial();
  chunked.write('POST /proxies HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n');
  chunked.write(`110000\r\n${' '.repeat(0x110000)}\r\n`);
  expect(await heard(chunked)).toContain(
    '{"error":"bad request body: it is over 1048576 bytes","status":413}\n',
  );
});

it('gives its refusal to a client that reads only when it has sent all', async () => {
  const body = Buffer.alloc(8 * 1024 * 1024, ' ');
  const socket = await dial();
  socket.write(
    `POST /proxies HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  const fault = await new Promise((resolve) => socket.write(body, resolve));
  expect(fault ?? 'all sent').toBe('all sent');
  expect(await heard(socket)).toMatch(/^HTTP\/1\.1 413 /u);
});

it('refuses a head past the bound', async () => {
  const socket = await dial();
  socket.write(`GET /version HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(16 * 1024)}\r\n\r\n`);
  expect(await heard(socket)).toMatch(/^HTTP\/1\.1 431 .+the head is over 16384 bytes/su);
});

it('answers a client that ends its side after the request', async () => {
  const socket = await dial();
  socket.end('GET /version HTTP/1.1\r\nhost: localhost\r\n\r\n');
  expect(await heard(socket)).toContain('{"version": "2.12.0"}');
});

it('answers several requests of one connection in their order', async () => {
  const socket = await dial();
  const request = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  socket.end(request('/version') + request('/proxies/none') + request('/proxies'));
  const statuses = (await heard(socket)).matchAll(/HTTP\/1\.1 (\d{3})/gu);
  expect([...statuses].map(([, status]) => status)).toEqual(['200', '404', '200']);
});

it('ends what is open when it closes, and may be closed again', async () => {
  const idle = await dial();
  const ended = heard(idle);
  await admin.close();
  await admin.close();
  expect(await ended).toBe('');
  await expect(fetch(admin.url)).rejects.toThrow('fetch failed');
});

it('says why where it cannot listen', async () => {
  const port = Number(new URL(admin.url).port);
  await expect(
    startProxyAdmin({ control: proxies, listen: { host: '127.0.0.1', port } }),
  ).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
});
