import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { NS_PER_MS } from '../../src/core/index.ts';
import { headerBlock } from '../../src/drivers/http2/index.ts';
import { frameBytes, readFrames } from '../drivers/http2/frames.ts';
import { driverCalls, type DriverCalls, type DriverCallsOptions } from './driver-calls.ts';

const MS = NS_PER_MS;
const MB = 1_048_576;
/** Far below what an endless server sends in its time. */
const GROWN_BYTES_MAX = 100 * MB;

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PUSH_PROMISE = 5;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;

const PREFACE_BYTES = 24;
const NOTHING = Buffer.alloc(0);

const OK_BLOCK = headerBlock([[':status', '200']]);
const SETTINGS_FRAME = frame(SETTINGS, 0, 0, NOTHING);

let server: Server | undefined;
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
  server = undefined;
});

function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  return frameBytes({ type, flags, streamId, payload });
}

function answer(streamId: number): Buffer {
  return frame(HEADERS, END_HEADERS | END_STREAM, streamId, OK_BLOCK);
}

/** A server of frames: it sends its settings, and `onRequest` for every stream that is opened. */
async function listen(
  onRequest: (socket: Socket, streamId: number) => void,
  first: Buffer = SETTINGS_FRAME,
): Promise<string> {
  server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.write(first);
    let bytes = NOTHING;
    let known = 0;
    socket.on('data', (more: Buffer) => {
      bytes = Buffer.concat([bytes, more]);
      const { frames } = readFrames([bytes.subarray(PREFACE_BYTES)]);
      for (const { type, streamId } of frames.slice(known)) {
        if (type === HEADERS && !socket.destroyed) onRequest(socket, streamId);
      }
      known = frames.length;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

async function calls(url: string, options: Partial<DriverCallsOptions> = {}): Promise<DriverCalls> {
  const target = { protocol: 'http2' as const };
  const made = await driverCalls({
    url,
    calls: 3,
    connections: 1,
    target,
    ...options,
  });
  expect(made.grownBytes).toBeLessThan(GROWN_BYTES_MAX);
  return made;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

describe('a frame that breaks the protocol ends the connection, and the calls on it', () => {
  it.each<[error: string, (streamId: number) => Buffer]>([
    ['frame too long', () => Buffer.from('004001000000000001', 'hex')],
    ['data on stream 0', () => frame(DATA, 0, 0, Buffer.from('x'))],
    ['frame on an idle stream', () => frame(DATA, 0, 999, Buffer.from('x'))],
    ['frame on an idle stream', () => frame(HEADERS, END_HEADERS, 998, OK_BLOCK)],
    ['frame on the wrong stream', () => frame(HEADERS, END_HEADERS, 0, OK_BLOCK)],
    ['frame on the wrong stream', (id) => frame(SETTINGS, 0, id, NOTHING)],
    ['frame on the wrong stream', () => frame(RST_STREAM, 0, 0, uint32(8))],
    ['bad padding', (id) => frame(HEADERS, END_HEADERS | 8, id, Buffer.from('0988', 'hex'))],
    ['bad header block', (id) => frame(HEADERS, END_HEADERS, id, Buffer.from('be', 'hex'))],
    ['bad settings', () => frame(SETTINGS, 0, 0, Buffer.from('00'))],
    ['bad settings', () => frame(SETTINGS, 0, 0, Buffer.from('000200000001', 'hex'))],
    ['bad settings', () => frame(SETTINGS, 0, 0, Buffer.from('000480000000', 'hex'))],
    ['bad settings', () => frame(SETTINGS, 1, 0, Buffer.alloc(6))],
    ['bad ping', () => frame(PING, 0, 0, Buffer.from('short'))],
    ['bad goaway', () => frame(GOAWAY, 0, 0, uint32(0))],
    ['bad reset', (id) => frame(RST_STREAM, 0, id, Buffer.from('x'))],
    ['bad window update', () => frame(WINDOW_UPDATE, 0, 0, uint32(0))],
    ['window too wide', () => frame(WINDOW_UPDATE, 0, 0, uint32(0x7fff_ffff))],
    ['push though it is disabled', (id) => frame(PUSH_PROMISE, END_HEADERS, id, uint32(2))],
    ['unexpected continuation', (id) => frame(CONTINUATION, END_HEADERS, id, OK_BLOCK)],
    [
      'header block cut short',
      (id) => Buffer.concat([frame(HEADERS, 0, id, OK_BLOCK), frame(PING, 0, 0, Buffer.alloc(8))]),
    ],
    ['frame on an ended stream', (id) => Buffer.concat([answer(id), answer(id)])],
  ])('%s', async (error, bytes) => {
    let first = true;
    const url = await listen((socket, streamId) => {
      if (first) socket.write(bytes(streamId));
      else socket.write(answer(streamId));
      first = false;
    });
    const made = await calls(url, { target: { protocol: 'http2', streams: 1 } });
    const isEnded = error === 'frame on an ended stream';
    expect(made.outcomes['ok'] ?? 0).toBeGreaterThanOrEqual(2);
    if (!isEnded) expect(made.errors).toEqual([error]);
    expect(made.connected.length).toBeGreaterThanOrEqual(2);
  });
});

describe('a stream that breaks the protocol ends alone', () => {
  it.each<[error: string, (streamId: number) => Buffer]>([
    ['data before the head', (id) => frame(DATA, END_STREAM, id, Buffer.from('x'))],
    [
      'no :status',
      (id) => frame(HEADERS, END_HEADERS | END_STREAM, id, headerBlock([['server', 'x']])),
    ],
    [
      'trailers without an end',
      (id) =>
        Buffer.concat([
          frame(HEADERS, END_HEADERS, id, OK_BLOCK),
          frame(HEADERS, END_HEADERS, id, headerBlock([['x-a', 'b']])),
        ]),
    ],
    [
      'body shorter or longer than its content-length',
      (id) =>
        Buffer.concat([
          frame(
            HEADERS,
            END_HEADERS,
            id,
            headerBlock([
              [':status', '200'],
              ['content-length', '5'],
            ]),
          ),
          frame(DATA, END_STREAM, id, Buffer.from('four')),
        ]),
    ],
    ['bad window update', (id) => frame(WINDOW_UPDATE, 0, id, uint32(0))],
    ['window too wide', (id) => frame(WINDOW_UPDATE, 0, id, uint32(0x7fff_ffff))],
    ['reset: INTERNAL_ERROR', (id) => frame(RST_STREAM, 0, id, uint32(2))],
    // As grpc-java does where a handler answers a call that its deadline has ended.
    ['reset: CANCEL', (id) => Buffer.concat([frame(RST_STREAM, 0, id, uint32(8)), answer(id)])],
    [
      'reset: CANCEL',
      (id) => {
        const twice = frame(RST_STREAM, 0, id, uint32(8));
        return Buffer.concat([twice, twice, frame(DATA, END_STREAM, id, Buffer.from('x'))]);
      },
    ],
  ])('%s', async (error, bytes) => {
    let count = 0;
    const url = await listen((socket, streamId) => {
      socket.write(count++ === 0 ? bytes(streamId) : answer(streamId));
    });
    const made = await calls(url);
    expect([made.outcomes, made.errors]).toEqual([{ ok: 2, transport: 1 }, [error]]);
    expect(made.connected).toHaveLength(1);
    expect(made.resent).toBe(0);
  });
});

describe('a stream that the server refuses', () => {
  const refusal = (streamId: number): Buffer => frame(RST_STREAM, 0, streamId, uint32(7));

  it.each(['GET', 'POST'])('is opened again, once, and counted: %s', async (method) => {
    let count = 0;
    const url = await listen((socket, streamId) => {
      socket.write(count++ === 0 ? refusal(streamId) : answer(streamId));
    });
    const made = await calls(url, { http: { method } });
    expect([made.outcomes, made.resent, count]).toEqual([{ ok: 3 }, 1, 4]);
  });

  it('fails where the server refuses it twice', async () => {
    let count = 0;
    const url = await listen((socket, streamId) => {
      count++;
      socket.write(refusal(streamId));
    });
    const made = await calls(url);
    expect([made.outcomes, made.errors]).toEqual([{ transport: 3 }, ['reset: REFUSED_STREAM']]);
    expect([made.resent, count]).toEqual([3, 6]);
  });
});

describe('a server without end', () => {
  const endless = (first: (streamId: number) => Buffer, again: (streamId: number) => Buffer) => {
    return (socket: Socket, streamId: number): void => {
      socket.write(first(streamId));
      const one = again(streamId);
      const many = Buffer.concat(Array.from({ length: Math.ceil(65_536 / one.length) }, () => one));
      const more = (): void => {
        if (socket.destroyed) return;
        if (socket.write(many)) setImmediate(more);
        else socket.once('drain', more);
      };
      more();
    };
  };

  it.each<[string, string, (id: number) => Buffer, (id: number) => Buffer]>([
    [
      'of continuations',
      'header block too long',
      (id) => frame(HEADERS, 0, id, OK_BLOCK),
      (id) => frame(CONTINUATION, 0, id, Buffer.alloc(10_000, 0x88)),
    ],
    [
      'of empty continuations',
      'header block too long',
      (id) => frame(HEADERS, 0, id, OK_BLOCK),
      (id) => frame(CONTINUATION, 0, id, NOTHING),
    ],
    ['of settings', 'too many frames for nothing', () => NOTHING, () => SETTINGS_FRAME],
    [
      'of pings',
      'too many frames for nothing',
      () => NOTHING,
      () => frame(PING, 0, 0, Buffer.alloc(8)),
    ],
    [
      'of empty data',
      'too many frames for nothing',
      (id) => frame(HEADERS, END_HEADERS, id, OK_BLOCK),
      (id) => frame(DATA, 0, id, NOTHING),
    ],
    [
      'of unknown frames',
      'too many frames for nothing',
      () => NOTHING,
      () => frame(200, 0, 0, NOTHING),
    ],
  ])('%s', async (_name, error, first, again) => {
    const url = await listen(endless(first, again));
    const made = await calls(url);
    expect([made.outcomes, made.errors]).toEqual([{ transport: 3 }, [error]]);
  });

  it('of data: timeout, and nothing of it is kept', async () => {
    const head = (id: number): Buffer => frame(HEADERS, END_HEADERS, id, OK_BLOCK);
    const data = (id: number): Buffer => frame(DATA, 0, id, Buffer.alloc(16_000));
    const made = await calls(await listen(endless(head, data)), { calls: 1, timeoutNs: 500 * MS });
    expect(made.outcomes).toEqual({ timeout: 1 });
  });
});

describe('a server that is none', () => {
  it.each<[string, string, Buffer]>([
    ['garbage', 'not HTTP/2: frame too long', Buffer.alloc(100, 0xaa)],
    ['another frame first', 'not HTTP/2: no settings first', frame(PING, 0, 0, Buffer.alloc(8))],
  ])('%s: no call begins', async (_name, error, first) => {
    const url = await listen(() => undefined, first);
    const made = await calls(url, { calls: 1 });
    expect([made.calls, made.errors]).toEqual([[], [error]]);
  });

  it('silence: the connect times out', async () => {
    const url = await listen(() => undefined, NOTHING);
    const target = { protocol: 'http2' as const, connectTimeoutNs: 100 * MS };
    const made = await calls(url, { calls: 1, target });
    expect([made.calls, made.errors]).toEqual([[], ['connect timeout']]);
  });
});

describe('a goaway', () => {
  it('sends elsewhere what the server will not do, and lets end what it will', async () => {
    const opened: number[] = [];
    let isFirst = true;
    const url = await listen((socket, streamId) => {
      if (!isFirst) return void socket.write(answer(streamId));
      opened.push(streamId);
      if (opened.length < 3) return undefined;
      isFirst = false;
      socket.write(frame(GOAWAY, 0, 0, Buffer.concat([uint32(1), uint32(0)])));
      socket.write(answer(1));
      return undefined;
    });
    const made = await calls(url, { calls: 6, target: { protocol: 'http2', streams: 3 } });
    expect([made.outcomes, made.resent]).toEqual([{ ok: 6 }, 2]);
    expect(made.connected.length).toBe(2);
  });

  it('fails what the next server will not do either', async () => {
    const url = await listen((socket) => {
      socket.write(frame(GOAWAY, 0, 0, Buffer.concat([uint32(0), uint32(0)])));
    });
    const made = await calls(url, { calls: 2 });
    expect([made.outcomes, made.errors]).toEqual([{ transport: 2 }, ['goaway: NO_ERROR']]);
    expect(made.resent).toBe(6);
  });

  it.each(['GET', 'POST'])('is met three times by a %s, which ends well', async (method) => {
    let goaways = 0;
    const url = await listen((socket, streamId) => {
      const isLeftOut = goaways < 3;
      if (isLeftOut) goaways++;
      const leftOut = frame(GOAWAY, 0, 0, Buffer.concat([uint32(0), uint32(0)]));
      socket.write(isLeftOut ? leftOut : answer(streamId));
    });
    const made = await calls(url, { calls: 1, http: { method } });
    expect([made.outcomes, made.errors, made.resent]).toEqual([{ ok: 1 }, [], 3]);
  });

  it('in the same read as an answer: the call that follows was not sent, and goes elsewhere', async () => {
    const goaway = frame(GOAWAY, 0, 0, Buffer.concat([uint32(1), uint32(0)]));
    let count = 0;
    const url = await listen((socket, streamId) => {
      socket.write(count++ === 0 ? Buffer.concat([answer(streamId), goaway]) : answer(streamId));
    });
    const made = await calls(url, { calls: 5, target: { protocol: 'http2', streams: 1 } });
    expect([made.outcomes, made.errors]).toEqual([{ ok: 5 }, []]);
  });
});
