import { request as httpRequest, Agent } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { HarnessError, VirtualClock, type Span } from '../../src/core/index.ts';
import {
  startOtlpHttpReceiver,
  type OtlpHttpReceiver,
  type OtlpHttpReceiverOptions,
} from '../../src/ingest/index.ts';
import { jsonBody, parseAnswer, protobufBody, type JsonRequest } from './otlp-messages.ts';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';

const receivers: OtlpHttpReceiver[] = [];

afterEach(async () => {
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
});

async function start(
  options: Partial<OtlpHttpReceiverOptions> = {},
): Promise<{ readonly receiver: OtlpHttpReceiver; readonly stored: Span[] }> {
  const stored: Span[] = [];
  const receiver = await startOtlpHttpReceiver({
    accept: async (spans) => {
      stored.push(...spans);
    },
    ...options,
  });
  receivers.push(receiver);
  return { receiver, stored };
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

async function post(
  receiver: OtlpHttpReceiver,
  body: Buffer,
  headers: Record<string, string> = { 'content-type': JSON_TYPE },
  path = '/v1/traces',
): Promise<Answer> {
  const response = await fetch(`${receiver.url}${path}`, { method: 'POST', body, headers });
  const { status } = response;
  return { status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

function traces(...spans: readonly object[]): JsonRequest {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

function span(number: number): object {
  const id = number.toString(16).padStart(16, '0');
  return { traceId: `691fab800000beef${id}`, spanId: id, name: `span ${number}` };
}

const forms = [
  [
    PROTOBUF,
    protobufBody,
    (type: 'Response' | 'RpcStatus', body: Buffer) => parseAnswer(type, body),
  ],
  [JSON_TYPE, jsonBody, (_: string, body: Buffer): object => JSON.parse(body.toString()) as object],
] as const;

describe.each(forms)('a receiver of %s', (type, encode, parse) => {
  it.each(['identity', 'gzip'])('stores spans that come in %s', async (encoding) => {
    const { receiver, stored } = await start();
    const body = encode(traces(span(1), span(2)));
    const answer = await post(receiver, encoding === 'gzip' ? gzipSync(body) : body, {
      'content-type': type,
      'content-encoding': encoding,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(parse('Response', answer.body)).toEqual({});
    expect(stored.map(({ name }) => name)).toEqual(['span 1', 'span 2']);
    expect(receiver.counters).toMatchObject({ requests: 1, spans: 2, rejectedSpans: 0 });
  });

  it('takes an empty request', async () => {
    const { receiver } = await start({ accept: () => Promise.reject(new Error('not asked')) });
    const answer = await post(receiver, encode({}), { 'content-type': `${type}; charset=utf-8` });
    expect(answer.status).toBe(200);
    expect(parse('Response', answer.body)).toEqual({});
  });

  it('says how many spans it had to reject, and why', async () => {
    const { receiver, stored } = await start();
    const bad = { ...span(1), traceId: '0'.repeat(32) };
    const answer = await post(receiver, encode(traces(bad, span(2))), { 'content-type': type });
    expect(answer.status).toBe(200);
    const { partialSuccess } = parse('Response', answer.body) as {
      partialSuccess: { rejectedSpans: number | string; errorMessage: string };
    };
    expect(Number(partialSuccess.rejectedSpans)).toBe(1);
    expect(partialSuccess.errorMessage).toMatch(/trace id '0{32}' is not 16 bytes/u);
    expect(stored.map(({ name }) => name)).toEqual(['span 2']);
    expect(receiver.counters).toMatchObject({ spans: 1, rejectedSpans: 1 });
  });

  it('refuses for good what it does not understand', async () => {
    const { receiver } = await start();
    const answer = await post(receiver, Buffer.from('{"resourceSpans":['), {
      'content-type': type,
    });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(parse('RpcStatus', answer.body)).toMatchObject({
      code: 3,
      message: expect.stringMatching(/^the body is no/u) as string,
    });
    expect(receiver.counters).toMatchObject({ requests: 1, refused: 1 });
  });

  it('asks to try again where the spans cannot be stored, and acknowledges none', async () => {
    const error = new HarnessError('STORE_OVERFLOW', 'the buffer is full', { hint: 'Wait.' });
    const { receiver } = await start({ accept: () => Promise.reject(error) });
    const answer = await post(receiver, encode(traces(span(1))), { 'content-type': type });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(parse('RpcStatus', answer.body)).toEqual({
      code: 14,
      message: 'the spans cannot be stored now: the buffer is full',
    });
    expect(receiver.counters).toMatchObject({ spans: 0, unavailable: 1 });
  });
});

describe('an answer', () => {
  it('waits until the spans are accepted', async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { receiver } = await start({
      accept: async () => {
        begun.resolve();
        await release.promise;
      },
    });
    let answered = false;
    const answer = post(receiver, jsonBody(traces(span(1)))).then((got) => {
      answered = true;
      return got;
    });
    await begun.promise;
    await post(receiver, jsonBody({}));
    expect(answered).toBe(false);
    expect(receiver.counters.spans).toBe(0);
    release.resolve();
    expect((await answer).status).toBe(200);
  });
});

describe('a request that is none of ours', () => {
  it.each([
    ['another path', '/v1/trace', {}, 404, /traces go to \/v1\/traces/u],
    ['metrics', '/v1/metrics', {}, 404, /OTEL_METRICS_EXPORTER=none/u],
    ['logs', '/v1/logs', {}, 404, /OTEL_LOGS_EXPORTER=none/u],
    ['another type', '/v1/traces', { 'content-type': 'text/plain' }, 415, /got text\/plain/u],
    ['another encoding', '/v1/traces', { 'content-encoding': 'br' }, 415, /gzip or identity/u],
    ['a web page', '/v1/traces', { origin: 'http://evil.example' }, 403, /web pages/u],
  ])('is refused: %s', async (_, path, headers, status, message) => {
    const { receiver, stored } = await start();
    const body = jsonBody(traces(span(1)));
    const answer = await rawPost(receiver, path, { 'content-type': JSON_TYPE, ...headers }, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(message);
    expect(stored).toEqual([]);
    expect(receiver.counters.refused).toBe(1);
  });

  it.each(['GET', 'OPTIONS', 'PUT'])('is refused: %s', async (method) => {
    const { receiver } = await start();
    const response = await fetch(`${receiver.url}/v1/traces`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    await response.arrayBuffer();
  });

  it('is refused: gzip that is broken or ends early', async () => {
    const { receiver } = await start();
    const headers = { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' };
    const whole = gzipSync(jsonBody(traces(span(1))));
    expect((await post(receiver, whole.subarray(0, -9), headers)).status).toBe(400);
    expect((await post(receiver, Buffer.from('no gzip'), headers)).status).toBe(400);
    expect((await post(receiver, whole, headers)).status).toBe(200);
  });
});

describe('limits', () => {
  it.each([
    ['protobuf', PROTOBUF, { maxBodyBytes: 1_000 }],
    ['JSON', JSON_TYPE, { maxJsonBytes: 1_000 }],
  ])('a body of %s that is too large is refused for good', async (_, type, limits) => {
    const { receiver } = await start(limits);
    const answer = await post(receiver, Buffer.alloc(1_001), { 'content-type': type });
    expect(answer.status).toBe(413);
    expect(answer.body.toString()).toMatch(/over 1000 bytes after decompression/u);
    expect(receiver.counters).toMatchObject({ tooLarge: 1, refused: 0 });
    expect((await post(receiver, jsonBody({}))).status).toBe(200);
  });

  it('a body that decompresses to a thousand times its size is given up at the limit', async () => {
    const { receiver } = await start({ maxBodyBytes: 100_000 });
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().arrayBuffers;
    const headers = { 'content-type': PROTOBUF, 'content-encoding': 'gzip' };
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(receiver, bomb, headers)));
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  it('a request with too many items is refused for good', async () => {
    const { receiver } = await start({ maxItems: 2 });
    const answer = await post(receiver, jsonBody(traces(span(1), span(2), span(3))));
    expect(answer.status).toBe(413);
    expect(answer.body.toString()).toMatch(/more than 2 spans, events, links and attributes/u);
  });

  it('bodies that are too large together are to be sent again, and then taken', async () => {
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const body = jsonBody(traces(span(1)));
    const { receiver } = await start({
      maxInFlightBytes: body.length,
      accept: async () => {
        begun.resolve();
        await release.promise;
      },
    });
    const first = post(receiver, body);
    await begun.promise;
    expect((await post(receiver, body)).status).toBe(503);
    expect(receiver.counters.unavailable).toBe(1);
    release.resolve();
    expect((await first).status).toBe(200);
    expect((await post(receiver, body)).status).toBe(200);
  });
});

describe('a receiver', () => {
  it('listens on loopback, on a port of its own', async () => {
    const [one, other] = [await start(), await start()];
    expect(one.receiver.url).toBe(`http://127.0.0.1:${one.receiver.port}`);
    expect(one.receiver.port).not.toBe(other.receiver.port);
  });

  it('says so where its port is taken', async () => {
    const { receiver } = await start();
    await expect(start({ port: receiver.port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining(`127.0.0.1:${receiver.port}`) as string,
    });
  });

  it('survives a client that hangs up in the middle of its body', async () => {
    const { receiver } = await start();
    for (const encoding of ['identity', 'gzip']) {
      const socket = connect(receiver.port, '127.0.0.1');
      const head = `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${JSON_TYPE}`;
      socket.write(`${head}\r\nContent-Encoding: ${encoding}\r\nContent-Length: 99\r\n\r\n`);
      await new Promise<void>((resolve) => {
        socket.write(gzipSync('{}').subarray(0, 5), () => resolve());
      });
      socket.destroy();
    }
    expect((await post(receiver, jsonBody(traces(span(1))))).status).toBe(200);
  });
});

describe('close', () => {
  it('answers what is under way on a kept connection, then frees the port', async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { receiver } = await start({
      accept: async () => {
        begun.resolve();
        await release.promise;
      },
    });
    const headers = { 'content-type': JSON_TYPE };
    const answer = rawPost(receiver, '/v1/traces', headers, jsonBody(traces(span(1))));
    await begun.promise;
    const closed = receiver.close();
    await expect(post(receiver, jsonBody({}))).rejects.toThrow();
    release.resolve();
    expect((await answer).status).toBe(200);
    await closed;
    expect(receiver.counters.spans).toBe(1);
    await expect(start({ port: receiver.port })).resolves.toBeDefined();
  });

  it('waits for a client that sends nothing no longer than its bound', async () => {
    const clock = new VirtualClock();
    const { receiver } = await start({ clock, closeWithinNs: 1_000, accept: async () => {} });
    const socket = connect(receiver.port, '127.0.0.1');
    const lost = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    socket.on('error', () => {});
    await new Promise<void>((resolve) => {
      socket.write('POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Le', () => resolve());
    });
    await post(receiver, jsonBody({}));
    const closed = receiver.close();
    clock.advance(1_000);
    await closed;
    await lost;
  });
});

/** Posts over one kept connection, with any header, also those that fetch keeps for itself. */
function rawPost(
  receiver: OtlpHttpReceiver,
  path: string,
  headers: Record<string, string>,
  body: Buffer,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: true });
    const options = { method: 'POST', headers, agent };
    const sent = httpRequest(`${receiver.url}${path}`, options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
