import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type GrpcCalls, grpcCalls } from './grpc-calls.ts';

/** Answers of servers that do not speak gRPC as it is written. */

let server: Http2Server | undefined;

afterEach(() => {
  server?.close();
  server = undefined;
});

async function answered(
  onStream: (stream: ServerHttp2Stream) => void,
  grpc = 'method: shop.Orders/Create',
): Promise<GrpcCalls> {
  server = createServer();
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    onStream(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return grpcCalls({ url, grpc, answers: true });
}

const GRPC = { ':status': 200, 'content-type': 'application/grpc' };
/** A Receipt with id `a`. */
const MESSAGE = Buffer.from([0, 0, 0, 0, 3, 0x0a, 1, 0x61]);

function respond(
  stream: ServerHttp2Stream,
  body: Buffer,
  trailers: Record<string, string>,
  fields: Record<string, string> = {},
): void {
  stream.respond({ ...GRPC, ...fields }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
}

function respondAlone(stream: ServerHttp2Stream, status: string): void {
  stream.respond({ ...GRPC, 'grpc-status': status }, { endStream: true });
}

describe('an answer', () => {
  it('is one where the server keeps to the protocol', async () => {
    const made = await answered((stream) => respond(stream, MESSAGE, { 'grpc-status': '0' }));
    expect(made.outcomes).toEqual({ ok: 1 });
    expect(made.answers[0]).toMatchObject({ id: 'a' });
  });

  it.each([
    [
      'compressed message without grpc-encoding',
      Buffer.from([1, 0, 0, 0, 0]),
      { 'grpc-status': '0' },
    ],
    ['bad message flag', Buffer.from([7, 0, 0, 0, 0]), { 'grpc-status': '0' }],
    ['message cut short', MESSAGE.subarray(0, 6), { 'grpc-status': '0' }],
    ['no message', Buffer.alloc(0), { 'grpc-status': '0' }],
    ['more than one message', Buffer.concat([MESSAGE, MESSAGE]), { 'grpc-status': '0' }],
    ['no grpc-status', MESSAGE, { 'x-other': '1' }],
    ['no Receipt', Buffer.from([0, 0, 0, 0, 2, 0x0a, 9]), { 'grpc-status': '0' }],
  ])('that is %s is one of transport', async (error, body, trailers) => {
    const made = await answered((stream) => respond(stream, body, trailers));
    expect(made.outcomes).toEqual({ transport: 1 });
    expect(made.errors).toEqual([error]);
  });

  it('may be compressed as it says, and in no other way', async () => {
    const compressed = gzipSync(MESSAGE.subarray(5));
    const frame = Buffer.concat([Buffer.from([1, 0, 0, 0, compressed.length]), compressed]);
    const answeredIn = (encoding: string): Promise<GrpcCalls> =>
      answered((stream) => {
        respond(stream, frame, { 'grpc-status': '0' }, { 'grpc-encoding': encoding });
      });
    const made = await answeredIn('gzip');
    expect(made.outcomes).toEqual({ ok: 1 });
    expect(made.answers[0]).toMatchObject({ id: 'a' });
    expect((await answeredIn('snappy')).errors).toEqual(['unknown grpc-encoding snappy']);
    expect((await answeredIn('deflate')).errors).toEqual(['no deflate message']);
  });

  it('of a proxy has the status of gRPC that stands for its own', async () => {
    const made = await answered((stream) => {
      stream.respond({ ':status': 503, 'content-type': 'text/html' });
      stream.end('<h1>busy</h1>');
    });
    expect(made.outcomes).toEqual({ status: 1 });
    expect(made.errors).toEqual(['grpc UNAVAILABLE (http 503)']);
    expect(made.calls[0]?.status).toBe(14);
  });

  it('that is a page is none', async () => {
    const made = await answered((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/html' });
      stream.end('<h1>hello</h1>');
    });
    expect(made.errors).toEqual(['not application/grpc']);
  });

  it('of a stream that we end within a message is the last that is whole', async () => {
    const made = await answered((stream) => {
      stream.respond(GRPC);
      stream.write(Buffer.concat([MESSAGE, MESSAGE.subarray(0, 6)]));
    }, 'method: shop.Orders/Watch, for: 50ms');
    expect(made.outcomes).toEqual({ ok: 1 });
    expect(made.answers[0]).toMatchObject({ id: 'a' });
  });

  it('may be a status alone', async () => {
    const made = await answered((stream) => {
      respondAlone(stream, '7');
    });
    expect(made.errors).toEqual(['grpc PERMISSION_DENIED']);
  });

  it.each([
    ['a reset', (stream: ServerHttp2Stream) => stream.close(8)],
    ['a status', (stream: ServerHttp2Stream) => respondAlone(stream, '4')],
    ['a lost connection', (stream: ServerHttp2Stream) => stream.session?.destroy()],
  ])('may be %s at the deadline, which is a timeout', async (_, giveUp) => {
    const made = await answered((stream) => {
      setTimeout(() => giveUp(stream), 298);
    }, 'method: shop.Orders/Create, deadline: 300ms');
    expect(made.outcomes).toEqual({ timeout: 1 });
    expect(made.calls.map(({ endNs, sentNs }) => Math.round(endNs - sentNs))).toEqual([300e6]);
    expect(made.late).toBe(0);
  });

  it('may be a reset', async () => {
    const made = await answered((stream) => stream.close(8));
    expect(made.outcomes).toEqual({ transport: 1 });
    expect(made.errors).toEqual(['reset: CANCEL']);
  });
});
