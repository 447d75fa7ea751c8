import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NodeStreams, nodeStreams } from '../../src/drivers/http/node-streams.ts';
import { RequestWriter } from '../../src/drivers/http/request-writer.ts';

const KB = 1_024;
/** More than the kernel takes of a connection nobody reads from. */
const WRITES_MAX = 10_000;

let server: Server;
let socket: Socket;
let peer: Socket;

beforeEach(async () => {
  server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  [[peer]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [
    [Socket],
    unknown,
  ];
});

afterEach(() => {
  socket.destroy();
  peer.destroy();
  server.close();
});

/** Returns bytes that tell which write they are of. */
const bytesOf = (number: number, length = 16 * KB): Buffer => Buffer.alloc(length, number % 251);

/** Resolves with what the peer has read, once that is so many bytes. */
async function read(length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let have = 0;
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  peer.on('data', (bytes: Buffer) => {
    parts.push(bytes);
    have += bytes.length;
    if (have >= length) resolve(Buffer.concat(parts));
  });
  peer.resume();
  return promise;
}

/** Writes until the kernel takes no more. Returns what was written. */
function fill(writer: RequestWriter): Buffer[] {
  const written: Buffer[] = [];
  while (!writer.isHolding && written.length < WRITES_MAX) {
    const bytes = bytesOf(written.length);
    writer.write(bytes, undefined);
    written.push(bytes);
  }
  return written;
}

describe('this Node', () => {
  it('lets requests be written past the stream', () => {
    expect(nodeStreams()).toBeDefined();
  });
});

const ways: readonly [string, NodeStreams | undefined][] = [
  ['past the stream', nodeStreams()],
  ['through the stream', undefined],
];

describe.each(ways)('a writer of requests, %s', (_way, streams) => {
  it('leaves a stream alone whose bytes the kernel takes at once, or uses it', async () => {
    const writer = new RequestWriter(socket, streams);
    writer.write(bytesOf(1, 100), undefined);
    writer.write(bytesOf(2, 100), undefined);
    expect(writer.isHolding).toBe(false);
    expect(socket.writableLength).toBe(0);
    expect(await read(200)).toEqual(Buffer.concat([bytesOf(1, 100), bytesOf(2, 100)]));
  });

  it('sends in order what the kernel does not take at once, and says until when', async () => {
    const writer = new RequestWriter(socket, streams);
    const written = fill(writer);
    expect(writer.isHolding).toBe(true);
    for (const more of [bytesOf(7), bytesOf(8)]) {
      writer.write(more, undefined);
      written.push(more);
    }
    writer.write(bytesOf(9, 10), bytesOf(10, 3 * KB * KB));
    written.push(bytesOf(9, 10), bytesOf(10, 3 * KB * KB));
    const all = Buffer.concat(written);
    expect((await read(all.length)).equals(all)).toBe(true);
    while (writer.isHolding) await turnOfLoop();
    peer.removeAllListeners('data');
    writer.write(bytesOf(11, 100), undefined);
    expect(writer.isHolding).toBe(false);
    expect(await read(100)).toEqual(bytesOf(11, 100));
  });

  it('lets the socket tell of an error of what it held', async () => {
    const writer = new RequestWriter(socket, streams);
    fill(writer);
    const told = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
    peer.resetAndDestroy();
    const [error] = await told;
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
  });

  it('lets the socket tell of an error of a write, in a turn of its own', async () => {
    const writer = new RequestWriter(socket, streams);
    // Nothing is read any more, so that the write is the first to know.
    socket.pause();
    peer.resetAndDestroy();
    const told: unknown[] = [];
    socket.on('error', (error) => told.push(error));
    const over = Promise.withResolvers<void>();
    socket.once('close', () => over.resolve());
    while (!socket.destroyed) {
      writer.write(bytesOf(1), undefined);
      expect(told).toEqual([]);
      await turnOfLoop();
    }
    await over.promise;
    expect(told).toEqual([
      expect.objectContaining({ code: expect.stringMatching(/^(?:ECONNRESET|EPIPE)$/u) }),
    ]);
  });
});

describe('a writer of requests to a socket that is gone', () => {
  it('does nothing', async () => {
    const writer = new RequestWriter(socket, nodeStreams());
    socket.destroy();
    await once(socket, 'close');
    writer.write(bytesOf(1, 10), undefined);
    expect(writer.isHolding).toBe(false);
  });
});
