import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boundConnections, NS_PER_SEC, VirtualClock } from '../../src/core/index.ts';

const MAX = 3;
let clock: VirtualClock;
let server: Server;
let closed: number;
let handle: (request: IncomingMessage, response: ServerResponse) => void;
const clients: Client[] = [];

beforeEach(async () => {
  clock = new VirtualClock();
  closed = 0;
  handle = (request, response) => {
    request.resume().once('end', () => response.end('done'));
  };
  server = createServer();
  boundConnections(server, { max: MAX, clock, onClosed: () => closed++ });
  server.on('request', (request, response) => handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
  server.close();
});

/** A connection that the server has taken, and what came over it. */
class Client {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  text = '';

  constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => socket.destroy());
    socket.setEncoding('latin1').on('data', (piece: string) => (this.text += piece));
    clients.push(this);
  }

  static async open(): Promise<Client> {
    const taken = once(server, 'connection');
    const client = new Client(connect((server.address() as AddressInfo).port, '127.0.0.1'));
    await taken;
    return client;
  }

  /** Sends a request and resolves when the server has its head. */
  async send(text: string): Promise<void> {
    const read = once(server, 'request');
    this.socket.write(text);
    await read;
  }

  async answered(): Promise<void> {
    await expect.poll(() => this.text).toMatch(/done$/u);
  }
}

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const HALF = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\nx';

describe('boundConnections', () => {
  it('closes the one that has been idle longest for a new one', async () => {
    const [first, second, third] = [await Client.open(), await Client.open(), await Client.open()];
    // The first has asked since, so that the second is the one that is idle longest.
    await first.send(GET);
    await first.answered();
    const fourth = await Client.open();
    await second.closed;
    for (const client of [first, third, fourth]) {
      client.text = '';
      await client.send(GET);
      await client.answered();
    }
    expect(closed).toBe(1);
  });

  it('takes a head that has not come whole for idle, however it trickles', async () => {
    const slow = await Client.open();
    await Client.open();
    await Client.open();
    slow.socket.write('GET / HTTP/1.1\r\nho');
    await Client.open();
    await slow.closed;
    expect(closed).toBe(1);
  });

  it('never closes a connection that waits for the server', async () => {
    const responses: ServerResponse[] = [];
    handle = (request, response) => {
      request.resume();
      responses.push(response);
    };
    const asking = [await Client.open(), await Client.open(), await Client.open()];
    for (const client of asking) await client.send(GET);
    clock.advance(60 * NS_PER_SEC);
    await (
      await Client.open()
    ).closed;
    expect(closed).toBe(1);
    for (const response of responses) response.end('done');
    for (const client of asking) await client.answered();
  });

  it('closes one whose body has stopped, but none whose body moves', async () => {
    const [moving, stopped, other] = [
      await Client.open(),
      await Client.open(),
      await Client.open(),
    ];
    for (const client of [moving, stopped, other]) await client.send(HALF);
    await (
      await Client.open()
    ).closed;
    expect(closed).toBe(1);
    clock.advance(3 * NS_PER_SEC);
    for (const client of [moving, other]) {
      const sent = client.socket;
      const before = serverBytes();
      sent.write('y'.repeat(50_000));
      await expect.poll(() => serverBytes() - before).toBeGreaterThanOrEqual(50_000);
    }
    const next = await Client.open();
    await stopped.closed;
    await next.send(GET);
    await next.answered();
    expect([moving.socket.destroyed, other.socket.destroyed, closed]).toEqual([false, false, 2]);
  });

  it('closes one that takes no more of its answer', async () => {
    handle = (_request, response) => response.end(Buffer.alloc(32 * 1024 * 1024));
    for (let i = 0; i < MAX; i++) {
      const client = await Client.open();
      client.socket.pause();
      await client.send(GET);
    }
    clock.advance(3 * NS_PER_SEC);
    handle = (_request, response) => response.end('done');
    const next = await Client.open();
    await next.send(GET);
    await next.answered();
  });
});

const sockets: Socket[] = [];
beforeEach(() => {
  sockets.length = 0;
  server.on('connection', (socket: Socket) => sockets.push(socket));
});

function serverBytes(): number {
  return sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
}
