import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { NS_PER_MS, OK } from '../../src/core/index.ts';
import { driverCalls, type DriverCalls, type DriverCallsOptions } from './driver-calls.ts';

const MS = NS_PER_MS;
const MB = 1_048_576;

type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

let server: Http2Server | undefined;
const sessions = new Set<ServerHttp2Session>();

afterEach(() => {
  for (const session of sessions) session.destroy();
  sessions.clear();
  server?.close();
  server = undefined;
});

async function listen(onStream: OnStream, options: ServerOptions = {}): Promise<string> {
  server = createServer(options);
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    // Streams that are reset while they are answered are what some tests are about.
    stream.on('error', () => undefined);
    onStream(stream, headers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

async function calls(options: DriverCallsOptions): Promise<DriverCalls> {
  const { target, ...others } = options;
  return driverCalls({ connections: 1, ...others, target: { protocol: 'http2', ...target } });
}

const answerOk: OnStream = (stream) => {
  stream.respond({ ':status': 200 });
  stream.end('ok');
};

/** Answers none until so many wait, and then a little later all, so that one too many is seen. */
function answeredTogether(count: number, onWaiting: (waiting: number) => void): OnStream {
  const waiting: ServerHttp2Stream[] = [];
  return (stream) => {
    onWaiting(waiting.push(stream));
    if (waiting.length !== count) return;
    setTimeout(() => {
      for (const one of waiting.splice(0)) answerOk(one, {});
    }, 5);
  };
}

describe('calls over HTTP/2', () => {
  it('are multiplexed, over as few connections as are allowed, as many at once as are allowed', async () => {
    let most = 0;
    const url = await listen(
      answeredTogether(20, (waiting) => {
        most = Math.max(most, waiting);
      }),
    );
    const made = await calls({ url, calls: 200, connections: 2, target: { streams: 10 } });
    expect(made.outcomes).toEqual({ ok: 200 });
    expect(made.connected).toHaveLength(2);
    expect(most).toBe(20);
  });

  it('carry the ids of the call, and the fields that the step names', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const url = await listen((stream, headers) => {
      seen.push(headers);
      answerOk(stream, {});
    });
    const http = { headers: [['X-Mine', 'yes'] as const, ['Connection', 'close'] as const] };
    const made = await calls({ url, calls: 3, http: { path: '/a b', ...http } });
    expect(made.outcomes).toEqual({ ok: 3 });
    expect(new Set(seen.map((headers) => headers['traceparent'])).size).toBe(3);
    for (const headers of seen) {
      expect(headers['traceparent']).toMatch(/^00-0123456789abcdef[0-9a-f]{16}-[0-9a-f]{16}-01$/u);
      expect(headers).toMatchObject({ ':path': '/a%20b', 'x-mine': 'yes', accept: '*/*' });
    }
  });

  it('end with the status, and fields, body and trailers where they are read', async () => {
    const url = await listen((stream) => {
      stream.additionalHeaders({ ':status': 103 });
      stream.respond({ ':status': 404, 'x-long': 'v'.repeat(20_000) }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '7' }));
      stream.end('no such thing');
    });
    const read = await calls({ url, calls: 2, answers: true });
    expect(read.outcomes).toEqual({ status: 2 });
    for (const { answer, status } of read.calls) {
      expect(status).toBe(404);
      expect(answer?.field('x-long')).toBe('v'.repeat(20_000));
      expect(answer?.field('x-sum')).toBe('7');
      expect(answer?.body.toString()).toBe('no such thing');
    }
    const passedOver = await calls({ url, calls: 2 });
    expect(passedOver.outcomes).toEqual({ status: 2 });
  });

  it('move large bodies both ways under narrow windows', async () => {
    const body = 'b'.repeat(3 * MB);
    const url = await listen(
      (stream) => {
        let length = 0;
        stream.on('data', (bytes: Buffer) => (length += bytes.length));
        stream.on('end', () => {
          stream.respond({ ':status': length === body.length ? 200 : 500 });
          stream.end(Buffer.alloc(length));
        });
      },
      { settings: { initialWindowSize: 1_000 } },
    );
    const made = await calls({ url, calls: 6, http: { method: 'POST', body }, answers: true });
    expect(made.outcomes).toEqual({ ok: 6 });
    for (const { answer, bytesIn, bytesOut } of made.calls) {
      expect(answer?.body).toHaveLength(3 * MB);
      expect(Math.min(bytesIn, bytesOut)).toBeGreaterThan(3 * MB);
    }
  });

  it('time out on a stream of their own: the connection goes on', async () => {
    let count = 0;
    const resets: number[] = [];
    const url = await listen((stream) => {
      if (count++ % 2 === 1) return answerOk(stream, {});
      stream.respond({ ':status': 200 });
      stream.write('some');
      stream.on('close', () => resets.push(stream.rstCode));
    });
    const made = await calls({ url, calls: 10, timeoutNs: 2_000 * MS });
    expect(made.outcomes).toEqual({ ok: 5, timeout: 5 });
    expect([made.connected.length, made.late]).toEqual([1, 5]);
    const late = made.calls.filter(({ status, bytesIn }) => status === 200 && bytesIn > 0);
    expect(late).toHaveLength(10);
    for (const { sentNs, endNs, outcome } of made.calls) {
      if (outcome === 2) expect(endNs - sentNs).toBe(2_000 * MS);
    }
    await expect.poll(() => resets).toEqual([8, 8, 8, 8, 8]);
  });

  it('that the server resets are transport errors by the name of the code', async () => {
    const url = await listen((stream) => stream.close(11));
    const made = await calls({ url, calls: 4 });
    expect(made.outcomes).toEqual({ transport: 4 });
    expect(made.errors).toEqual(['reset: ENHANCE_YOUR_CALM']);
    expect(made.connected).toHaveLength(1);
  });

  it('go on over a new connection after a goaway, and those under way end', async () => {
    let count = 0;
    const url = await listen((stream) => {
      const { session } = stream;
      if (++count % 50 === 0) session?.goaway(0, stream.id);
      setTimeout(() => answerOk(stream, {}), 1);
    });
    const made = await calls({ url, calls: 400, target: { streams: 1 } });
    expect(made.outcomes).toEqual({ ok: 400 });
    expect(made.connected.length).toBeGreaterThanOrEqual(8);
  });

  it('keep to a limit of streams that the server lowers on the way', async () => {
    let [now, mostAfter, count] = [0, 0, 0];
    let lowered = false;
    const url = await listen(
      (stream) => {
        now++;
        if (lowered) mostAfter = Math.max(mostAfter, now);
        if (++count === 40) {
          stream.session?.settings({ maxConcurrentStreams: 3 }, () => {
            lowered = true;
            mostAfter = 0;
          });
        }
        stream.on('close', () => now--);
        setTimeout(() => answerOk(stream, {}), 1);
      },
      { settings: { maxConcurrentStreams: 20 } },
    );
    const made = await calls({ url, calls: 300 });
    // What was sent before word of it came may be refused: it was too many by then.
    const { ok = 0, transport = 0 } = made.outcomes;
    expect(ok + transport).toBe(300);
    expect(transport).toBeLessThanOrEqual(20 - 3);
    expect(made.errors).toEqual(transport > 0 ? ['reset: REFUSED_STREAM'] : []);
    // It keeps to the new limit from then on: no call of the second half is one too many.
    expect(made.calls.slice(150).every(({ outcome }) => outcome === OK)).toBe(true);
    // Those that were under way when it was lowered may still be.
    expect(lowered).toBe(true);
    expect(made.calls.slice(200)).toHaveLength(100);
    expect(mostAfter).toBeLessThanOrEqual(20);
  });

  it('are answered early without their body being waited for', async () => {
    const url = await listen((stream) => {
      stream.respond({ ':status': 413 });
      stream.end();
    });
    const http = { method: 'POST', body: 'x'.repeat(10 * MB) };
    const made = await calls({ url, calls: 5, http });
    expect([made.outcomes, made.connected.length]).toEqual([{ status: 5 }, 1]);
  });

  it('move to a new connection when the numbers of streams are used up', async () => {
    const url = await listen(answerOk);
    const connection = { reuse: true, maxRequests: 25, maxAgeNs: Infinity, maxIdleNs: Infinity };
    const made = await calls({ url, calls: 200, target: { connection, streams: 10 } });
    expect(made.outcomes).toEqual({ ok: 200 });
    expect(made.connected.length).toBeGreaterThanOrEqual(8);
    expect(made.reconnects).toBe(0);
  });

  it('are on no more connections than are allowed, those among them that end their last call', async () => {
    let most = 0;
    // Each of them is on a connection of its own.
    const url = await listen(
      answeredTogether(5, (waiting) => {
        most = Math.max(most, waiting);
      }),
    );
    const connection = {
      reuse: false,
      maxRequests: Infinity,
      maxAgeNs: Infinity,
      maxIdleNs: Infinity,
    };
    const made = await calls({ url, calls: 60, connections: 5, target: { connection } });
    expect(made.outcomes).toEqual({ ok: 60 });
    expect(made.connected.length).toBeGreaterThanOrEqual(60);
    expect(made.reconnects).toBe(0);
    expect(most).toBe(5);
  });

  it.each([0, 100, 65_536])('reach a server whose header table has %i bytes', async (bytes) => {
    const url = await listen(answerOk, { settings: { headerTableSize: bytes } });
    const http = { headers: [['x-mine', 'yes'] as const] };
    const made = await calls({ url, calls: 20, connections: 2, http });
    expect(made.errors).toEqual([]);
    expect(made.outcomes).toEqual({ ok: 20 });
  });

  it('to a server that speaks HTTP/1.1 only never begin', async () => {
    const { createServer: createHttp1 } = await import('node:http');
    const http1 = createHttp1((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
    await once(http1, 'listening');
    const address = http1.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const made = await calls({ url, calls: 1 });
    http1.closeAllConnections();
    http1.close();
    expect(made.calls).toEqual([]);
    expect(made.errors).toEqual(['not HTTP/2: frame too long']);
  });
});

describe('against the client of node', () => {
  const field = fc.tuple(fc.stringMatching(/^x-[a-z]{1,8}$/u), fc.stringMatching(/^[!-~]{0,60}$/u));
  const answer = fc.record({
    status: fc
      .integer({ min: 200, max: 599 })
      .filter((status) => ![204, 205, 304].includes(status)),
    fields: fc.uniqueArray(field, { selector: ([name]) => name, maxLength: 12 }),
    body: fc.uint8Array({ maxLength: 40_000 }),
    pieces: fc.integer({ min: 1, max: 5 }),
    hasTrailers: fc.boolean(),
  });

  it('reads random answers alike', async () => {
    let next = 0;
    const answers = fc.sample(answer, { numRuns: 60, seed: 9_113 });
    const url = await listen((stream) => {
      const { status, fields, body, pieces, hasTrailers } = answers[next++ % answers.length] ?? {
        status: 500,
        fields: [],
        body: new Uint8Array(0),
        pieces: 1,
        hasTrailers: false,
      };
      const head = { ':status': status, ...Object.fromEntries(fields) };
      stream.respond(head, { waitForTrailers: hasTrailers });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': 'yes' }));
      const step = Math.ceil(body.length / pieces);
      for (let at = 0; at < body.length; at += step) stream.write(body.subarray(at, at + step));
      stream.end();
    });
    const ours = await calls({ url, calls: 60, answers: true, target: { streams: 1 } });
    next = 0;
    const session = connect(url);
    for (const call of ours.calls) {
      const theirs = await nodeAnswer(session);
      expect(call.status).toBe(theirs.status);
      const fields = call.answer?.fields.filter(([name]) => name !== 'date') ?? [];
      expect(Object.fromEntries(fields)).toEqual(theirs.fields);
      expect(call.answer?.body.equals(theirs.body)).toBe(true);
    }
    session.close();
  });
});

async function nodeAnswer(
  session: ClientHttp2Session,
): Promise<{ status: number; fields: Record<string, unknown>; body: Buffer }> {
  const request = session.request({ ':path': '/' });
  const body: Buffer[] = [];
  let fields: Record<string, unknown> = {};
  request.on('response', (headers) => (fields = { ...headers, ...fields }));
  request.on('trailers', (headers) => (fields = { ...fields, ...headers }));
  request.on('data', (bytes: Buffer) => body.push(bytes));
  await once(request, 'close');
  // Without what node adds: it is under a symbol.
  const others = Object.entries(fields).filter(([name]) => !/^(?::status|date)$/u.test(name));
  const status = Number(fields[':status']);
  return { status, fields: Object.fromEntries(others), body: Buffer.concat(body) };
}
