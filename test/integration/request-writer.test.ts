import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type NodeStreams,
  nodeStreams,
  type WriteRequest,
} from '../../src/drivers/http/node-streams.ts';
import { requestWriterFor } from '../../src/drivers/http/request-writer-for.ts';
import type { RequestWriter } from '../../src/drivers/http/request-writer.ts';
import { HAS_OPENSSL } from './installed-parts.ts';
import { plainPair, type SocketPair, tlsPair } from './socket-pairs.ts';
import { makeTlsIdentity } from './tls-identity.ts';

const KB = 1_024;
/** More than the kernel takes of a connection nobody reads from. */
const WRITES_MAX = 10_000;
const RUNS = 12;
/** A write of TLS that the kernel has taken is over by then. */
const TURNS = 3;

let pair: SocketPair;

/** Returns bytes that tell which write they are of. */
const bytesOf = (number: number, length = 16 * KB): Buffer => Buffer.alloc(length, number % 251);

/** Returns what the peer has read so far; it reads from now on. */
function reading(): () => Buffer {
  const parts: Buffer[] = [];
  pair.peer.on('data', (bytes: Buffer) => parts.push(bytes));
  pair.peer.resume();
  return () => Buffer.concat(parts);
}

/** Resolves with what the peer has read, once that is so many bytes. */
async function read(length: number): Promise<Buffer> {
  const soFar = reading();
  while (soFar().length < length) await turnOfLoop();
  pair.peer.removeAllListeners('data');
  return soFar();
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await turnOfLoop();
}

/** Writes until the kernel takes no more. Returns what was written. */
async function fill(writer: RequestWriter): Promise<Buffer[]> {
  const written: Buffer[] = [];
  while (!writer.isSending && written.length < WRITES_MAX) {
    const bytes = bytesOf(written.length);
    writer.write(bytes, undefined);
    written.push(bytes);
    await turns();
  }
  return written;
}

const identity = HAS_OPENSSL ? makeTlsIdentity() : undefined;
const overTls: readonly [string, () => Promise<SocketPair>][] =
  identity === undefined
    ? []
    : [
        ['over TLS 1.2', () => tlsPair(identity, 'TLSv1.2')],
        ['over TLS 1.3', () => tlsPair(identity, 'TLSv1.3')],
      ];
const connections: typeof overTls = [['in the clear', plainPair], ...overTls];
const ways: readonly [string, NodeStreams | undefined][] = [
  ['past the stream', nodeStreams()],
  ['through the stream', undefined],
];

it('this Node lets requests be written past the stream', () => {
  expect(nodeStreams()).toBeDefined();
});

describe.each(connections)('%s', (_connection, connected) => {
  beforeEach(async () => {
    pair = await connected();
  });
  afterEach(() => pair.close());

  describe.each(ways)('a writer of requests, %s', (way, streams) => {
    it('is known for what it is', () => {
      const writer = requestWriterFor(pair.socket, streams);
      expect(writer.isDirect).toBe(way === 'past the stream');
    });

    it('leaves a stream alone whose bytes the kernel takes, or uses it', async () => {
      const writer = requestWriterFor(pair.socket, streams);
      writer.write(bytesOf(1, 100), undefined);
      if (writer.isDirect) expect(writer.isHolding).toBe(false);
      await turns();
      writer.write(bytesOf(2, 100), undefined);
      if (writer.isDirect) expect(pair.socket.writableLength).toBe(0);
      await turns();
      expect([writer.isHolding, writer.isSending]).toEqual([false, false]);
      expect(await read(200)).toEqual(Buffer.concat([bytesOf(1, 100), bytesOf(2, 100)]));
    });

    it('sends in order what the kernel does not take at once, and says until when', async () => {
      const writer = requestWriterFor(pair.socket, streams);
      const written = await fill(writer);
      for (const more of [bytesOf(7), bytesOf(8)]) {
        writer.write(more, undefined);
        written.push(more);
      }
      writer.write(bytesOf(9, 10), bytesOf(10, 3 * KB * KB));
      written.push(bytesOf(9, 10), bytesOf(10, 3 * KB * KB));
      expect([writer.isHolding, writer.isSending]).toEqual([true, true]);
      const all = Buffer.concat(written);
      expect((await read(all.length)).equals(all)).toBe(true);
      while (writer.isSending) await turnOfLoop();
      expect(writer.isHolding).toBe(false);
      writer.write(bytesOf(11, 100), undefined);
      expect(await read(100)).toEqual(bytesOf(11, 100));
    });

    it('lets the socket tell of an error of what it held', async () => {
      const writer = requestWriterFor(pair.socket, streams);
      await fill(writer);
      writer.write(bytesOf(1), undefined);
      const told = once(pair.socket, 'error') as Promise<[NodeJS.ErrnoException]>;
      pair.resetByPeer();
      const [error] = await told;
      expect(['ECONNRESET', 'EPIPE']).toContain(error.code);
    });

    it('lets the socket tell of an error of a write, in a turn of its own', async () => {
      const { socket } = pair;
      const writer = requestWriterFor(socket, streams);
      // Nothing is read any more, so that the write is the first to know.
      socket.pause();
      pair.resetByPeer();
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

    it('may be written to by whatever runs as a write is over', async () => {
      const writer = requestWriterFor(pair.socket, streams && asOver(streams, () => again()));
      const written: Buffer[] = [];
      const again = (): void => {
        if (written.length === 8) return;
        written.push(bytesOf(written.length, 10));
        writer.write(bytesOf(written.length - 1, 10), undefined);
      };
      again();
      again();
      again();
      await turns();
      while (written.length < 8) again();
      const all = Buffer.concat(written);
      expect(await read(all.length)).toEqual(all);
    });

    it('loses, changes and reorders nothing, whatever is written when', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), ending, async (steps, end) => {
          const own = await connected();
          try {
            await holds(own, requestWriterFor(own.socket, streams), steps, end);
          } finally {
            own.close();
          }
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    });

    it('does nothing to a socket that is gone', async () => {
      const writer = requestWriterFor(pair.socket, streams);
      pair.socket.on('error', () => undefined);
      pair.socket.destroy();
      await once(pair.socket, 'close');
      writer.write(bytesOf(1, 10), undefined);
      writer.write(bytesOf(2, 10), bytesOf(3, 10));
      await turns();
      expect(pair.socket.destroyed).toBe(true);
    });
  });
});

/** Streams whose writes have something run as they are over: at once, and behind that. */
function asOver(streams: NodeStreams, run: () => void): NodeStreams {
  const newRequest = (): WriteRequest => {
    const request = streams.newRequest();
    let told: WriteRequest['oncomplete'];
    Object.defineProperty(request, 'oncomplete', {
      get: () => (status: number) => {
        queueMicrotask(run);
        process.nextTick(run);
        told?.(status);
        run();
      },
      set: (listener: typeof told) => {
        told = listener;
      },
    });
    return request;
  };
  return { ...streams, newRequest };
}

/** A write of a head and perhaps a body, or something that happens between writes. */
type Step =
  | { readonly head: number; readonly body: number | undefined }
  | 'turn'
  | 'peer reads'
  | 'peer reads no more'
  | 'handshake';

const sizes = fc.oneof(
  fc.integer({ min: 1, max: 300 }),
  fc.integer({ min: 16 * KB - 2, max: 16 * KB + 2 }),
  fc.integer({ min: 1, max: 3 * KB * KB }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ head: sizes, body: fc.option(sizes, { nil: undefined }) }), weight: 4 },
  { arbitrary: fc.constant('turn'), weight: 3 },
  { arbitrary: fc.constantFrom('peer reads', 'peer reads no more', 'handshake'), weight: 1 },
);
const ending = fc.constantFrom('all is read', 'the peer resets', 'it is destroyed');

/** What the peer reads is what was written; where the connection ends before, how it began. */
async function holds(
  { socket, peer, resetByPeer }: SocketPair,
  writer: RequestWriter,
  steps: readonly Step[],
  end: 'all is read' | 'the peer resets' | 'it is destroyed',
): Promise<void> {
  const [parts, written, inUse]: [Buffer[], Buffer[], Buffer[]] = [[], [], []];
  const write = (length: number): Buffer => {
    const bytes = Buffer.alloc(length, `${written.length};`);
    written.push(Buffer.from(bytes));
    inUse.push(bytes);
    return bytes;
  };
  const reuse = (): void => {
    if (!writer.isHolding) for (const bytes of inUse.splice(0)) bytes.fill('x');
  };
  const isOver = Promise.all([closed(socket), closed(peer)]);
  for (const one of [socket, peer]) one.on('error', () => undefined);
  peer.on('data', (bytes: Buffer) => parts.push(bytes)).pause();
  let handshakes = 0;
  for (const next of steps) {
    if (next === 'turn') await turnOfLoop();
    else if (next === 'peer reads') peer.resume();
    else if (next === 'peer reads no more') peer.pause();
    else if (next === 'handshake') handshakes += renegotiated(peer, handshakes);
    else writer.write(write(next.head), next.body === undefined ? undefined : write(next.body));
    reuse();
  }
  const all = Buffer.concat(written);
  const received = (): Buffer => Buffer.concat(parts);
  if (end === 'all is read') {
    peer.resume();
    while (parts.reduce((sum, { length }) => sum + length, 0) < all.length) {
      expect([socket.destroyed, peer.destroyed]).toEqual([false, false]);
      await turnOfLoop();
      reuse();
    }
    while (writer.isSending) await turnOfLoop();
    expect(writer.isHolding).toBe(false);
    expect(received().equals(all)).toBe(true);
    return;
  }
  if (end === 'the peer resets') resetByPeer();
  else socket.destroy();
  peer.resume();
  await isOver;
  expect(received().equals(all.subarray(0, received().length))).toBe(true);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Has the server ask for a handshake, once, where the version knows that. Returns how many. */
function renegotiated(peer: unknown, before: number): number {
  if (before > 0 || !(peer instanceof TLSSocket) || peer.getProtocol() !== 'TLSv1.2') return 0;
  peer.renegotiate({}, () => undefined);
  return 1;
}
