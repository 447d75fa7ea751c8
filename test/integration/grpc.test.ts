import { afterEach, describe, expect, it } from 'vitest';
import { GRPC_STATUSES, NS_PER_MS } from '../../src/core/index.ts';
import { reflectedSchema } from '../../src/drivers/grpc/index.ts';
import { asReachable } from '../../src/scenario/index.ts';
import { grpcCalls, grpcScenario, shopSchema } from './grpc-calls.ts';
import { type GrpcServer, grpcServer, type GrpcServerOptions } from './grpc-server.ts';

const MS = NS_PER_MS;

let server: GrpcServer | undefined;

afterEach(() => {
  server?.kill();
  server = undefined;
});

async function listen(options?: GrpcServerOptions): Promise<GrpcServer> {
  return (server = await grpcServer(options));
}

describe('gRPC calls of the four kinds', () => {
  it('unary: sends the message, and reads the answer with its defaults', async () => {
    const { url } = await listen();
    const made = await grpcCalls({
      url,
      calls: 50,
      answers: true,
      grpc: 'method: shop.Orders/Create, message: { skuCode: A-1, n: 0, at: "2026-01-01T00:00:00Z" }',
    });
    expect(made.errors).toEqual([]);
    expect(made.outcomes).toEqual({ ok: 50 });
    expect(made.answers[7]).toEqual({ id: 'A-1', count: 0, seen: [], raw: '' });
    expect(made.sentMessages).toBe(50);
    expect(made.tookNs).toEqual(Array.from({ length: 50 }, () => -1));
    expect(made.calls.every(({ status }) => status === 0)).toBe(true);
  });

  it('client streaming: sends the list as often as it is told, in order', async () => {
    const { url } = await listen();
    const made = await grpcCalls({
      url,
      answers: true,
      grpc: 'method: shop.Orders/Upload, messages: [{ skuCode: a }, { skuCode: b }], repeat: 500',
    });
    expect(made.outcomes).toEqual({ ok: 1 });
    expect(made.answers[0]).toMatchObject({ count: 1_000, seen: 'ababababab'.split('') });
    expect(made.sentMessages).toBe(1_000);
  });

  it('client streaming: sends by the clock', async () => {
    const { url } = await listen();
    const made = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Upload, message: { skuCode: a }, repeat: 21, every: 10ms',
    });
    const [call] = made.calls;
    const tookMs = ((call?.endNs ?? 0) - (call?.sentNs ?? 0)) / MS;
    expect(made.outcomes).toEqual({ ok: 1 });
    expect(made.sentMessages).toBe(21);
    expect(tookMs).toBeGreaterThan(199);
  });

  it('server streaming: times each message since the one before it', async () => {
    const { url } = await listen();
    const made = await grpcCalls({
      url,
      answers: true,
      grpc: 'method: shop.Orders/Watch, message: { messages: 20, everyMs: 20 }',
    });
    expect(made.outcomes).toEqual({ ok: 1 });
    expect(made.answers[0]).toMatchObject({ id: 'm19', count: 19 });
    const { calls, cameNs, tookNs } = made;
    expect(cameNs).toHaveLength(20);
    expect(tookNs).toEqual(cameNs.map((atNs, i) => (i === 0 ? -1 : atNs - (cameNs[i - 1] ?? 0))));
    // The server writes none before its time.
    const sentNs = calls[0]?.sentNs ?? Infinity;
    expect(cameNs.every((atNs, i) => atNs - sentNs > (i * 20 - 2) * MS)).toBe(true);
  });

  it('server streaming: is ended by us after so many messages, or so long, as ok', async () => {
    const { url } = await listen();
    const taken = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Watch, message: { messages: -1, everyMs: 5 }, take: 10',
    });
    expect(taken.outcomes).toEqual({ ok: 1 });
    expect(taken.tookNs).toHaveLength(10);
    const timed = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Watch, message: { messages: -1, everyMs: 5 }, for: 100ms',
    });
    const [call] = timed.calls;
    expect(timed.outcomes).toEqual({ ok: 1 });
    expect(((call?.endNs ?? 0) - (call?.sentNs ?? 0)) / MS).toBeGreaterThan(99);
    await expect.poll(() => server?.cancelled()).toBe(2);
  });

  it('both streaming: times each answer from the message that it answers', async () => {
    const { url } = await listen();
    const paced = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Chat, message: { skuCode: a, n: 15 }, repeat: 10, every: 30ms, answers: each',
    });
    expect(paced.outcomes).toEqual({ ok: 1 });
    const inTurn = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Chat, message: { skuCode: a, n: 15 }, repeat: 10, answers: each',
    });
    expect(inTurn.outcomes).toEqual({ ok: 1 });
    for (const { tookNs } of [paced, inTurn]) {
      expect(tookNs).toHaveLength(10);
      expect(Math.min(...tookNs) / MS).toBeGreaterThan(14);
    }
    // No message is sent before its time, so what one took is bounded by when its answer came.
    const firstNs = paced.calls[0]?.sentNs ?? Infinity;
    const sinceDue = paced.cameNs.map((atNs, i) => (atNs - firstNs) / MS - i * 30);
    expect(paced.tookNs.every((took, i) => took / MS < (sinceDue[i] ?? 0) + 1)).toBe(true);
    const { cameNs } = inTurn;
    for (const [i, took] of inTurn.tookNs.entries()) {
      expect(took).toBeLessThanOrEqual((cameNs[i] ?? 0) - (cameNs[i - 1] ?? -Infinity));
    }
    const gaps = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Chat, message: { skuCode: a }, repeat: 100',
    });
    expect(gaps.outcomes).toEqual({ ok: 1 });
    expect(gaps.tookNs).toHaveLength(100);
    expect(gaps.tookNs.slice(1).every((took) => took >= 0)).toBe(true);
  });
});

describe('gRPC metadata', () => {
  it('goes both ways, with a trace of its own for each call', async () => {
    const { url, metadata } = await listen();
    const made = await grpcCalls({
      url,
      calls: 3,
      answers: true,
      grpc: 'method: shop.Orders/Create, metadata: { x-user: "7", x-key-bin: AQI= }, deadline: 60s',
    });
    expect(made.outcomes).toEqual({ ok: 3 });
    expect(metadata.map((map) => map.get('x-user'))).toEqual([['7'], ['7'], ['7']]);
    expect(metadata[0]?.get('x-key-bin')).toEqual([Buffer.from([1, 2])]);
    expect(new Set(metadata.map((map) => map.get('traceparent')[0])).size).toBe(3);
    expect(metadata[0]?.get('traceparent')[0]).toMatch(/^00-0123456789abcdef[0-9a-f]{16}-.*-01$/u);
    expect(made.fields[0]).toContainEqual(['x-head', 'first']);
    expect(made.fields[0]).toContainEqual(['x-trailer', 'last']);
  });
});

describe('gRPC statuses', () => {
  it('are outcomes with their names, each of them', async () => {
    const { url } = await listen();
    for (const [code, name] of GRPC_STATUSES.entries()) {
      if (code === 0) continue;
      const made = await grpcCalls({
        url,
        grpc: `method: shop.Orders/Fail, message: { n: ${code} }`,
      });
      expect(made.outcomes).toEqual({ status: 1 });
      expect(made.errors).toEqual([`grpc ${name}: as asked`]);
      expect(made.calls[0]?.status).toBe(code);
    }
  });

  it('may be accepted by the step', async () => {
    const { url } = await listen();
    const step = ', check: { status: [OK, NOT_FOUND] }';
    const made = await grpcCalls({
      url,
      step,
      grpc: 'method: shop.Orders/Fail, message: { n: 5 }',
    });
    expect(made.outcomes).toEqual({ ok: 1 });
  });

  it('of a method that the server does not know is UNIMPLEMENTED', async () => {
    const { url } = await listen();
    const schema = JSON.parse(
      JSON.stringify(shopSchema()).replace('"Create"', '"Missing"'),
    ) as object;
    const made = await grpcCalls({
      url,
      schema: { ...schema },
      grpc: 'method: shop.Orders/Missing',
    });
    expect(made.errors).toEqual([expect.stringMatching(/^grpc UNIMPLEMENTED: ./u)]);
  });
});

describe('gRPC deadlines', () => {
  it('end the call as a timeout, whoever finds them passed first', async () => {
    const { url, cancelled } = await listen();
    const made = await grpcCalls({
      url,
      calls: 20,
      grpc: 'method: shop.Orders/Slow, message: { n: 2000 }, deadline: 300ms',
    });
    expect(made.outcomes).toEqual({ timeout: 20 });
    for (const call of made.calls) {
      expect(call.endNs - call.sentNs).toBeCloseTo(300 * MS, 0);
    }
    await expect.poll(cancelled).toBe(20);
  });

  it('that are those of somebody behind the server are a status: ours has not passed', async () => {
    const { url } = await listen();
    const made = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Fail, message: { n: 4 }, deadline: 5s',
    });
    expect(made.outcomes).toEqual({ status: 1 });
    expect(made.errors).toEqual(['grpc DEADLINE_EXCEEDED: as asked']);
  });

  it('are not sent where there is only a timeout', async () => {
    const { url, cancelled } = await listen();
    const made = await grpcCalls({
      url,
      step: ', timeout: 300ms',
      grpc: 'method: shop.Orders/Slow, message: { n: 2000 }',
    });
    expect(made.outcomes).toEqual({ timeout: 1 });
    expect(made.calls[0]?.error).toBe('');
    await expect.poll(cancelled).toBe(1);
  });
});

describe('gRPC messages', () => {
  it('of 1 MB go both ways under flow control', async () => {
    const { url } = await listen();
    const raw = Buffer.alloc(1_000_000, 7).toString('base64');
    const made = await grpcCalls({
      url,
      calls: 8,
      answers: true,
      grpc: `method: shop.Orders/Create, message: { skuCode: large, raw: ${raw} }`,
    });
    expect(made.outcomes).toEqual({ ok: 8 });
    expect(made.answers[0]).toMatchObject({ id: 'large', raw });
  });
});

describe('gRPC connections', () => {
  it('that are lost within a stream end its call as transport', async () => {
    const { url, kill } = await listen();
    const made = await grpcCalls({
      url,
      grpc: 'method: shop.Orders/Watch, message: { messages: -1, everyMs: 5 }',
      onMessage: (count) => {
        if (count === 6) kill();
      },
    });
    expect(made.outcomes).toEqual({ transport: 1 });
    expect(made.tookNs.length).toBeGreaterThanOrEqual(6);
    expect(made.errors).toHaveLength(1);
  });

  it('that are told to go away let the calls under way end', async () => {
    const { url, slowCalls, shutDown } = await listen();
    const made = await grpcCalls({
      url,
      calls: 5,
      grpc: 'method: shop.Orders/Slow, message: { n: 200 }',
      whenStarted: async () => {
        await expect.poll(slowCalls).toBe(5);
        void shutDown();
      },
    });
    expect(made.outcomes).toEqual({ ok: 5 });
  });

  it('that we close cancel the calls on them', async () => {
    const { url, slowCalls, cancelled } = await listen();
    const made = await grpcCalls({
      url,
      calls: 5,
      grpc: 'method: shop.Orders/Slow, message: { n: 2000 }',
      whenStarted: async (driver) => {
        await expect.poll(slowCalls).toBe(5);
        await driver.close();
      },
    });
    expect(made.outcomes).toEqual({ cancelled: 5 });
    await expect.poll(cancelled).toBe(5);
  });
});

describe('gRPC reflection', () => {
  it.each(['v1', 'v1alpha', 'both'] as const)('by %s gives the schema', async (reflection) => {
    const { url } = await listen({ reflection });
    const grpc =
      'method: shop.Orders/Create, message: { skuCode: A-1, n: 3, big: "9007199254740993", limit: 0, tags: [a], stock: { k: 1 }, kind: GIFT, at: "2026-01-01T00:00:00Z", inner: { n: 1 } }';
    const [target] = asReachable(grpcScenario({ url, grpc })).targets;
    if (target === undefined) throw new Error('there is a target');
    const schema = await reflectedSchema(target, { services: ['shop.Orders'], types: [] });
    const [asked, read] = await Promise.all(
      [schema, shopSchema()].map((from) => grpcCalls({ url, grpc, schema: from, answers: true })),
    );
    expect(asked?.outcomes).toEqual({ ok: 1 });
    expect(asked?.answers).toEqual(read?.answers);
    expect(asked?.calls[0]?.bytesOut).toBe(read?.calls[0]?.bytesOut);
  });

  it('says what is missing', async () => {
    const { url } = await listen({ reflection: 'both' });
    const [target] = asReachable(grpcScenario({ url, grpc: 'method: shop.Orders/Create' })).targets;
    if (target === undefined) throw new Error('there is a target');
    await expect(reflectedSchema(target, { services: ['shop.Order'], types: [] })).rejects.toThrow(
      `the target shop at ${url} does not tell its schema: it has no service "shop.Order", did you mean "shop.Orders"?`,
    );
    server?.kill();
    const { url: without } = await listen();
    await expect(
      reflectedSchema({ ...target, url: without }, { services: ['shop.Orders'], types: [] }),
    ).rejects.toThrow('it knows no server reflection');
    server?.kill();
    await expect(
      reflectedSchema({ ...target, url: without }, { services: ['shop.Orders'], types: [] }),
    ).rejects.toThrow('ECONNREFUSED');
  });
});
