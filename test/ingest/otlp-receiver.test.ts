import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HarnessError, VirtualClock } from '../../src/core/index.ts';
import { COLLECTOR_BODIES } from './codings/collector-bodies.ts';
import { lz4Block, lz4Frame, snappyBlock, snappyFramed } from './codings/encoders.ts';
import { acceptSpansOf } from '../../src/ingest/index.ts';
import type { SpanBlock } from '../../src/native/index.ts';
import { jsonBody, parseAnswer, protobufBody } from './otlp-messages.ts';
import { JSON_TYPE, post, PROTOBUF, rawPost, span, start, traces } from './receiver-request.ts';

const forms = [
  [
    PROTOBUF,
    protobufBody,
    (type: 'Response' | 'RpcStatus', body: Buffer) => parseAnswer(type, body),
  ],
  [JSON_TYPE, jsonBody, (_: string, body: Buffer): object => JSON.parse(body.toString()) as object],
] as const;

describe.each(forms)('a receiver of %s', (type, encode, parse) => {
  it.each([
    ['identity', (body: Buffer) => body],
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['zstd', zstdCompressSync],
  ])('stores spans that come in %s', async (encoding, compress) => {
    const { receiver, stored } = await start();
    const body = encode(traces(span(1), span(2)));
    const answer = await post(receiver, compress(body), {
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
    expect(receiver.counters).toMatchObject({ requests: 1, refusals: { message: 1 } });
  });

  it('asks to try again where the spans cannot be stored, and acknowledges none', async () => {
    const error = new HarnessError('STORE_OVERFLOW', 'the buffer is full', { hint: 'Wait.' });
    const { receiver } = await start({ accept: () => Promise.reject(error) });
    const answer = await post(receiver, encode(traces(span(1))), { 'content-type': type });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(parse('RpcStatus', answer.body)).toEqual({
      code: 14,
      message: 'the spans cannot be stored now: the buffer is full',
    });
    expect(receiver.counters).toMatchObject({ spans: 0, refusals: { store: 1 } });
  });
});

describe('a body of the Collector’s exporter', () => {
  const bodies = [
    ...Object.entries(COLLECTOR_BODIES),
    // Until 0.124 it called the frames so.
    ['snappy', COLLECTOR_BODIES['x-snappy-framed'] ?? Buffer.alloc(0)] as const,
  ];

  it.each(bodies)('is taken in %s', async (encoding, body) => {
    const { receiver, stored } = await start();
    const headers = { 'content-type': PROTOBUF, 'content-encoding': encoding };
    expect((await post(receiver, body, headers)).status).toBe(200);
    expect(stored).toHaveLength(40);
    expect(stored.at(-1)?.name).toBe('span 40');
  });

  it.each(bodies)('is refused for good where it is cut off in %s', async (encoding, body) => {
    const { receiver, stored } = await start();
    const headers = { 'content-type': PROTOBUF, 'content-encoding': encoding };
    const answer = await post(receiver, body.subarray(0, -1), headers);
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).toMatch(/the body cannot be read as/u);
    expect(receiver.counters.refusals).toEqual({ body: 1 });
    expect(stored).toEqual([]);
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

describe('a request of very many spans', () => {
  const many = jsonBody(traces(...Array.from({ length: 20_001 }, (_, i) => span(i + 1))));
  const lengths = (into: number[]) => (block: SpanBlock) =>
    acceptSpansOf(block, async ({ length }) => void into.push(length));

  it('reaches what takes objects in parts', async () => {
    const parts: number[] = [];
    const { receiver } = await start({ accept: lengths(parts) });
    expect((await post(receiver, many)).status).toBe(200);
    expect(parts).toEqual([20_000, 1]);
    expect(receiver.counters.spans).toBe(20_001);
  });

  it('is acknowledged when all of them are stored, or not at all', async () => {
    const full = new HarnessError('STORE_OVERFLOW', 'the buffer is full', { hint: 'Wait.' });
    const { receiver } = await start({
      accept: (block) =>
        acceptSpansOf(block, async ({ length }) => {
          if (length === 1) throw full;
        }),
    });
    expect((await post(receiver, many)).status).toBe(503);
    expect(receiver.counters).toMatchObject({ spans: 0, refusals: { store: 1 } });
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
    expect(receiver.counters).toMatchObject({ refusals: { size: 1 } });
    expect((await post(receiver, jsonBody({}))).status).toBe(200);
  });

  it.each([
    ['gzip', 50_000_000, gzipSync],
    ['deflate', 50_000_000, deflateSync],
    ['zstd', 50_000_000, zstdCompressSync],
    ['lz4', 20_000_000, lz4Zeros],
    ['snappy', 2_000_000, snappyZeros],
    ['x-snappy-framed', 2_000_000, framedSnappyZeros],
  ])(
    'a body of %s that decompresses to %i bytes is given up at the limit',
    async (encoding, bytes, compress) => {
      const { receiver } = await start({ maxBodyBytes: 100_000 });
      const bomb = compress(Buffer.alloc(bytes));
      expect(bomb.length).toBeLessThan(100_000);
      const before = process.memoryUsage().arrayBuffers;
      const headers = { 'content-type': PROTOBUF, 'content-encoding': encoding };
      const answers = await Promise.all([1, 2, 3, 4].map(() => post(receiver, bomb, headers)));
      expect(answers.map(({ status }) => status)).toEqual([413, 413, 413, 413]);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    },
  );

  it('a body that is too large before decompression is given up too', async () => {
    const { receiver } = await start({ maxBodyBytes: 10_000 });
    const nothing = Buffer.concat(Array.from({ length: 1_000 }, () => gzipSync('')));
    const headers = { 'content-type': PROTOBUF, 'content-encoding': 'gzip' };
    const answer = await post(receiver, nothing, headers);
    expect(answer.status).toBe(413);
    expect(answer.body.toString()).toMatch(/over 10000 bytes before decompression/u);
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
    expect(receiver.counters.refusals).toEqual({ busy: 1 });
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
    for (const encoding of ['identity', 'gzip', 'deflate', 'zstd', 'lz4', 'snappy']) {
      const socket = connect(receiver.port, '127.0.0.1');
      const head = `POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${JSON_TYPE}`;
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
      socket.write('POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Le', () => resolve());
    });
    await post(receiver, jsonBody({}));
    const closed = receiver.close();
    clock.advance(1_000);
    await closed;
    await lost;
  });
});

/** Zeros as copies of themselves: as many for a byte as the format can hold. */
function snappyZeros({ length }: Buffer): Buffer {
  const first = { literals: Buffer.alloc(1), distance: 1, copyBytes: length - 1 };
  return snappyBlock([first], Buffer.alloc(0), length);
}

function framedSnappyZeros({ length }: Buffer): Buffer {
  const content = Buffer.alloc(2 ** 16);
  const chunk = { data: snappyZeros(content), content, kind: 0 } as const;
  return snappyFramed(Array.from({ length: Math.ceil(length / content.length) }, () => chunk));
}

function lz4Zeros({ length }: Buffer): Buffer {
  const copy = { literals: Buffer.alloc(1), distance: 1, copyBytes: 2 ** 20 - 6 };
  const block = { data: lz4Block([copy], Buffer.alloc(5)), isCompressed: true };
  const blocks = Array.from({ length: Math.ceil(length / 2 ** 20) }, () => block);
  return lz4Frame(blocks, Buffer.alloc(0), { blockSize: 6 });
}
