import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NS_PER_MS, NS_PER_SEC, type Ns } from '../../src/core/index.ts';
import { driverCalls, type DriverCalls, type DriverCallsOptions } from './driver-calls.ts';
import { type RawServer, startRawServer } from './raw-server.ts';

const MS = NS_PER_MS;
const MB = 1_048_576;
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** Far below what the endless targets send in their time, far above what a few calls need. */
const GROWN_BYTES_MAX = 100 * MB;

let server: RawServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function against(
  answer: (socket: Socket) => void,
  options: Partial<DriverCallsOptions> = {},
): Promise<DriverCalls> {
  server = await startRawServer(answer);
  const made = await driverCalls({ url: server.url, calls: 10, ...options });
  expect(made.calls).toHaveLength(options.calls ?? 10);
  expect(made.grownBytes).toBeLessThan(GROWN_BYTES_MAX);
  return made;
}

/** Sends the text, and then more of the same as fast as it is taken, until the peer is gone. */
function endless(first: string, again: string): (socket: Socket) => void {
  const piece = Buffer.from(again);
  return (socket) => {
    socket.write(first);
    const more = (): void => {
      if (socket.destroyed) return;
      if (socket.write(piece)) setImmediate(more);
      else socket.once('drain', more);
    };
    more();
  };
}

/** Sends the text a byte at a time, the first at once. */
function dripping(text: string, everyMs: number): (socket: Socket) => void {
  return (socket) => {
    let at = 0;
    const next = (): void => {
      if (socket.destroyed || at === text.length) clearInterval(timer);
      else socket.write(text[at++] ?? '');
    };
    const timer = setInterval(next, everyMs);
    next();
  };
}

const bytesIn = ({ calls }: DriverCalls): number => calls.reduce((sum, c) => sum + c.bytesIn, 0);

describe('a slow answer', () => {
  it('byte by byte past the bound: timeout, censored at the bound', async () => {
    const long = OK.replace('length: 2', 'length: 1000');
    const made = await against(dripping(long, 20), { timeoutNs: 600 * MS });
    expect(made.outcomes).toEqual({ timeout: 10 });
    expect(bytesIn(made)).toBeGreaterThan(0);
    expect(bytesIn(made)).toBeLessThanOrEqual(10 * long.length);
    for (const call of made.calls) expect(call.endNs - call.sentNs).toBe(600 * MS);
  });

  it('byte by byte within the bound: ok, and the first byte stands apart from the last', async () => {
    const made = await against(dripping(OK, 10), { timeoutNs: 30 * NS_PER_SEC });
    expect(made.outcomes).toEqual({ ok: 10 });
    for (const { firstByteNs, endNs } of made.calls) {
      expect(endNs - firstByteNs).toBeGreaterThan(200 * MS);
    }
  });

  it('none at all, on connections that were taken: timeout', async () => {
    const made = await against(() => undefined, { timeoutNs: 400 * MS });
    expect(made.outcomes).toEqual({ timeout: 10 });
    expect(bytesIn(made)).toBe(0);
    for (const call of made.calls) expect(call.endNs - call.sentNs).toBe(400 * MS);
  });
});

describe('an answer without end', () => {
  it('of headers: transport at the bound of a head', async () => {
    const made = await against(
      endless('HTTP/1.1 200 OK\r\n', 'x-more: of the same\r\n'.repeat(99)),
    );
    expect([made.outcomes, made.errors]).toEqual([{ transport: 10 }, ['head too long']]);
  });

  it('of one header: transport at the bound of a head', async () => {
    const made = await against(endless('HTTP/1.1 200 OK\r\nx: ', 'y'.repeat(1_000)));
    expect([made.outcomes, made.errors]).toEqual([{ transport: 10 }, ['head too long']]);
  });

  it('of interim answers: transport at the bound of them', async () => {
    const made = await against(endless('', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(99)));
    expect([made.outcomes, made.errors]).toEqual([{ transport: 10 }, ['too many interim answers']]);
  });

  it.each([
    [
      '10 GB by its length',
      'HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n',
      'x'.repeat(MB),
    ],
    [
      'chunks',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
      `10000\r\n${'x'.repeat(65_536)}\r\n`.repeat(16),
    ],
    ['a body until the close', 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(MB)],
  ])('of %s: timeout, and nothing of it is kept', async (_name, first, again) => {
    // As long as this machine needs to move so much that keeping it would be seen.
    const endlessFor = async (timeoutNs: Ns): Promise<void> => {
      const made = await against(endless(first, again), { calls: 4, timeoutNs });
      expect(made.outcomes).toEqual({ timeout: 4 });
      for (const call of made.calls) expect(call.endNs - call.sentNs).toBe(timeoutNs);
      if (bytesIn(made) > 2 * GROWN_BYTES_MAX) return;
      await server?.close();
      await endlessFor(2 * timeoutNs);
    };
    await endlessFor(NS_PER_SEC / 2);
  });

  it('of trailers: transport at their bound', async () => {
    const first = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n';
    const made = await against(endless(first, 'x: y\r\n'.repeat(999)));
    expect([made.outcomes, made.errors]).toEqual([{ transport: 10 }, ['trailers too long']]);
  });
});

/**
 * Resets a connection when the client, on the same loop, has read what was written: a reset takes
 * with it what was not. The loop polls its sockets between one immediate and the next, also where
 * the timer was due before they were looked at.
 */
function resetOnceRead(socket: Socket): void {
  setTimeout(() => setImmediate(() => setImmediate(() => socket.resetAndDestroy())), 20);
}

describe('an answer that breaks off', () => {
  const SIZED = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n';
  const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
  it.each([
    ['in the status line', 'HTTP/1.'],
    ['in the head', SIZED.slice(0, -10)],
    ['before its body', SIZED],
    ['in its body', `${SIZED}half`],
    ['in a chunk', `${CHUNKED}5\r\nhe`],
    ['before the last chunk', `${CHUNKED}5\r\nhello\r\n`],
    ['behind an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('by a close %s: transport', async (_name, text) => {
    const made = await against((socket) => socket.end(text));
    expect([made.outcomes, made.errors]).toEqual([{ transport: 10 }, ['closed mid-response']]);
  });

  it('by a reset in its body: transport', async () => {
    const made = await against((socket) => {
      socket.write(`${SIZED}half`, () => resetOnceRead(socket));
    });
    expect([made.outcomes, made.errors]).toEqual([{ transport: 10 }, ['ECONNRESET']]);
    expect(bytesIn(made)).toBe(10 * (SIZED.length + 4));
  });

  it('by a reset of a body that only a close could end: transport, not ok', async () => {
    const made = await against((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nhalf', () => resetOnceRead(socket));
    });
    expect([made.outcomes, made.errors]).toEqual([{ transport: 10 }, ['ECONNRESET']]);
  });
});

describe('an answer that comes early', () => {
  it('to a body that is never read: ok, and the next call has a connection of its own', async () => {
    const http = { method: 'POST', body: 'x'.repeat(20 * MB) };
    const onConnection = (socket: Socket): void => {
      // The rest stays where it is: neither read nor refused.
      socket.prependOnceListener('data', () => {
        socket.pause();
        socket.write(OK);
      });
    };
    server = await startRawServer(() => undefined, { onConnection });
    const made = await driverCalls({ url: server.url, calls: 3, connections: 1, http });
    expect(made.outcomes).toEqual({ ok: 3 });
    expect(made.connected).toHaveLength(3);
  });

  it('to a body that is read to its end all the same: ok', async () => {
    const http = { method: 'POST', body: 'x'.repeat(4 * MB) };
    const onConnection = (socket: Socket): void => {
      // A connection whose body was sent in time carries the next call too.
      let left = 0;
      socket.on('data', (bytes) => {
        if (left === 0) {
          socket.write(OK);
          left = bytes.indexOf('\r\n\r\n') + 4 + http.body.length;
        }
        left -= bytes.length;
      });
    };
    server = await startRawServer(() => undefined, { onConnection });
    const made = await driverCalls({ url: server.url, calls: 3, connections: 1, http });
    expect(made.outcomes).toEqual({ ok: 3 });
  });
});

describe('a connection that ends with each answer', () => {
  it('though nothing said so: ok, where the next call comes after the close', async () => {
    const made = await against((socket) => socket.end(OK), {
      calls: 30,
      connections: 1,
      pauseNs: 10 * MS,
    });
    expect(made.outcomes).toEqual({ ok: 30 });
    expect(made.connected.length).toBeGreaterThanOrEqual(30);
  });

  it('though nothing said so: every call is counted, where the next races with the close', async () => {
    const made = await against((socket) => socket.end(OK), { calls: 200, connections: 10 });
    const { ok = 0, transport = 0 } = made.outcomes;
    expect(ok + transport).toBe(200);
    expect(ok).toBeGreaterThan(0);
    expect(made.errors.filter((error) => !['ECONNRESET', 'EPIPE'].includes(error))).toEqual([]);
  });

  it('by a reset: every call is counted', async () => {
    const made = await against((socket) => socket.write(OK, () => socket.resetAndDestroy()), {
      calls: 50,
      connections: 5,
      pauseNs: MS,
    });
    const { ok = 0, transport = 0 } = made.outcomes;
    expect(ok + transport).toBe(50);
  });
});
