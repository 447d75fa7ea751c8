import { connect } from 'node:net';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/core/index.ts';
import { receivedText } from '../../src/ingest/index.ts';
import { jsonBody } from './otlp-messages.ts';
import { JSON_TYPE, post, rawPost, span, start, traces } from './receiver-request.ts';

describe('a path', () => {
  it.each(['/v1/traces/', '//v1/traces', '/v1/traces?a=b'])('is taken as %s', async (path) => {
    const { receiver, stored } = await start();
    await rawPost(receiver, path, { 'content-type': JSON_TYPE }, jsonBody(traces(span(1))));
    expect(stored).toHaveLength(1);
  });
});

describe('a content-encoding', () => {
  it.each(['', 'identity', 'x-gzip', 'GZIP'])("is taken as '%s'", async (encoding) => {
    const { receiver, stored } = await start();
    const body = jsonBody(traces(span(1)));
    const sent = encoding.toLowerCase().endsWith('gzip') ? gzipSync(body) : body;
    const headers = { 'content-type': JSON_TYPE, 'content-encoding': encoding };
    await rawPost(receiver, '/v1/traces', headers, sent);
    expect(stored).toHaveLength(1);
  });
});

describe('what is not taken, or not wholly', () => {
  it('is told once for each kind, and counted by its reason', async () => {
    const notices: string[] = [];
    const { receiver } = await start({ onNotice: (text) => notices.push(text) });
    const odd = { ...span(1), name: 5 };
    const bad = { ...span(2), traceId: 'abc' };
    for (let i = 0; i < 3; i++) {
      await post(receiver, jsonBody(traces(span(1))), { 'content-type': 'text/plain' });
      await post(receiver, jsonBody({}), undefined, '/v1/metrics');
      await post(receiver, jsonBody(traces(odd, bad, { ...bad, traceId: `ab${i}` })));
    }
    expect(notices).toEqual([
      expect.stringMatching(/^refused with 415 a request from '.+': content-type must be /u),
      expect.stringMatching(/^refused with 404 a request from '.+': .*OTEL_METRICS_EXPORTER=none/u),
      "rejected span 'span 2': trace id 'abc' is not 16 bytes, not all 0",
      'taken as it is: resourceSpans[].scopeSpans[].spans[].name must be text, got 5',
    ]);
    expect(receivedText(receiver.counters)).toBe(
      '1 span stored, 2 sent once more, and stored once, 6 rejected, 3 odd values taken as they are,' +
        ' 6 requests refused (3 metrics, 3 wrong content-type)',
    );
  });

  it('warns the client of values that were taken as they are', async () => {
    const { receiver } = await start();
    const answer = await post(receiver, jsonBody(traces({ ...span(1), name: 5 })));
    expect(JSON.parse(answer.body.toString())).toEqual({
      partialSuccess: {
        rejectedSpans: '0',
        errorMessage: expect.stringMatching(/name must be text, got 5$/u) as string,
      },
    });
    expect(receivedText(receiver.counters)).toBe('1 span stored, 1 odd value taken as it is');
  });
});

describe('a store that does not answer', () => {
  it('is not waited for: the client is asked to come again, until it has answered', async () => {
    const clock = new VirtualClock();
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    let asked = 0;
    const { receiver } = await start({
      clock,
      storeWithinNs: 4_000_000_000,
      accept: async () => {
        asked++;
        begun.resolve();
        await release.promise;
      },
    });
    const first = post(receiver, jsonBody(traces(span(1))));
    await begun.promise;
    clock.advance(4_000_000_000);
    const answer = await first;
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(answer.body.toString()).toMatch(/the store has not answered for 4 s/u);
    // No more is given to it meanwhile.
    expect((await post(receiver, jsonBody(traces(span(2))))).status).toBe(503);
    expect(asked).toBe(1);
    release.resolve();
    await expect
      .poll(async () => (await post(receiver, jsonBody(traces(span(2))))).status)
      .toBe(200);
    expect(receiver.counters).toMatchObject({ spans: 1 });
  });
});

describe('a request that is none of ours', () => {
  it.each([
    [
      'another path',
      '/v1/trace',
      {},
      404,
      /nothing is at '\/v1\/trace'; traces go to \/v1\/traces/u,
    ],
    ['no path', '/', {}, 404, /nothing is at '\/'; traces go to \/v1\/traces/u],
    ['metrics', '/v1/metrics', {}, 404, /OTEL_METRICS_EXPORTER=none/u],
    ['logs', '/v1/logs', {}, 404, /OTEL_LOGS_EXPORTER=none/u],
    ['another type', '/v1/traces', { 'content-type': 'text/plain' }, 415, /got text\/plain/u],
    [
      'another encoding',
      '/v1/traces',
      { 'content-encoding': 'br' },
      415,
      /one of gzip, deflate, zlib, zstd, lz4, snappy, x-snappy-framed, identity, got br/u,
    ],
    ['a web page', '/v1/traces', { origin: 'http://evil.example' }, 403, /web pages/u],
  ])('is refused: %s', async (_, path, headers, status, message) => {
    const { receiver, stored } = await start();
    const body = jsonBody(traces(span(1)));
    const answer = await rawPost(receiver, path, { 'content-type': JSON_TYPE, ...headers }, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(message);
    expect(stored).toEqual([]);
    expect(Object.values(receiver.counters.refusals)).toEqual([1]);
  });

  it.each(['GET', 'OPTIONS', 'PUT'])('is refused: %s', async (method) => {
    const { receiver } = await start();
    const response = await fetch(`${receiver.url}/v1/traces`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    await response.arrayBuffer();
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
  ])('is refused: %s that is broken or ends early', async (encoding, compress) => {
    const { receiver } = await start();
    const headers = { 'content-type': JSON_TYPE, 'content-encoding': encoding };
    const whole = compress(jsonBody(traces(span(1))));
    expect((await post(receiver, whole.subarray(0, -9), headers)).status).toBe(400);
    const none = await post(receiver, Buffer.from('x is none'), headers);
    expect(none.status).toBe(400);
    expect(none.body.toString()).toContain(`cannot be read as ${encoding}, its content-encoding`);
    expect((await post(receiver, whole, headers)).status).toBe(200);
    expect(receiver.counters).toMatchObject({ spans: 1, refusals: { body: 2 } });
  });

  it.each([
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', /use http:\/\/ in the endpoint/u],
    ['anything else', 'hello\r\n\r\n', /no request of HTTP\/1\.1/u],
  ])('is refused and counted: %s', async (_, bytes, message) => {
    const notices: string[] = [];
    const { receiver } = await start({ onNotice: (text) => notices.push(text) });
    const socket = connect(receiver.port, '127.0.0.1');
    socket.write(bytes, 'latin1');
    await new Promise((resolve) =>
      socket
        .resume()
        .on('error', () => {})
        .once('close', resolve),
    );
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(message);
    expect(receiver.counters.refusals).toEqual({ protocol: 1 });
  });
});
