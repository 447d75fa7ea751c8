import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CallClock,
  type CounterName,
  countOf,
  EMPTY_HISTOGRAM,
  epochNowMs,
  mergeSparse,
  type Outcome,
} from '../../src/core/index.ts';
import type { EngineResult } from '../../src/engine/index.ts';
import type { KeptCall, RecordSlice } from '../../src/record/index.ts';
import { withSchemas } from '../../src/run/prepare/grpc-schemas.ts';
import { asReachable, parseScenario } from '../../src/scenario/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { refusingPort } from './free-port.ts';
import { grpcServer } from './grpc-server.ts';

const CALLS = 20;

/** What the upstream does with one attempt of a call; both numbered from 1. */
type Deed = 'answer' | 'fail' | 'reset' | 'hang';

const closings: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** An upstream that counts the attempts of each call, and does with them as it is told. */
class Upstream {
  readonly attempts = new Map<string, number>();
  /** Attempts whose client went before they were answered. */
  abandoned = 0;
  url = '';
  readonly #deed: (attempt: number) => Deed;

  constructor(deed: (attempt: number) => Deed) {
    this.#deed = deed;
  }

  get total(): number {
    return [...this.attempts.values()].reduce((sum, count) => sum + count, 0);
  }

  async listen(version: 1 | 2): Promise<this> {
    const server: Server =
      version === 1
        ? createServer(this.#answer as RequestListener)
        : createHttp2Server(this.#answer as never);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sockets = new Set<{ destroy(): void }>();
    server.on('connection', (socket) => sockets.add(socket));
    closings.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return this;
  }

  readonly #answer = (
    request: IncomingMessage | Http2ServerRequest,
    response: Parameters<RequestListener>[1],
  ): void => {
    const call = String(request.headers['x-call']);
    const attempt = (this.attempts.get(call) ?? 0) + 1;
    this.attempts.set(call, attempt);
    response.on('close', () => {
      if (!response.writableEnded) this.abandoned++;
    });
    switch (this.#deed(attempt)) {
      case 'answer':
        response.end(`attempt ${attempt}`);
        break;
      case 'fail':
        response.writeHead(503).end('no');
        break;
      case 'reset':
        request.socket.destroy();
        break;
      case 'hang':
    }
  };
}

class Policed {
  readonly slices: RecordSlice[] = [];
  result: EngineResult | undefined;

  get kept(): readonly KeptCall[] {
    return this.slices.flatMap(({ kept }) => kept);
  }

  counter(name: CounterName): number {
    return this.slices
      .flatMap(({ counters }) => counters)
      .filter(({ counter }) => counter === name)
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** How many values of a clock there are. */
  count(clock: CallClock, outcome: Outcome): number {
    const of = this.slices
      .flatMap(({ histograms }) => histograms)
      .filter((slice) => slice.clock === clock && slice.outcome === outcome);
    return countOf(of.reduce(mergeSparse, EMPTY_HISTOGRAM));
  }
}

async function runOf(target: string, step: string, policy: string): Promise<Policed> {
  const text = `
name: policed
policies: { careful: { ${policy} } }
targets: { site: { ${target}, policy: careful, connectTimeout: 2s } }
flows: { go: [ { step: call, target: site, timeout: 20s, ${step} } ] }
load: [ { phase: main, for: 1s, arrivals: { process: constant, rate: ${CALLS}/s } } ]
trace: { keep: { head: 100% } }
`;
  const scenario = await withSchemas(asReachable(parseScenario(text, 'policed.yaml')));
  const policed = new Policed();
  const sender = await startSender({
    scenario,
    runId: '0123456789abcdef',
    onSlice: (slice) => policed.slices.push(slice),
    onNotice: (notice) => expect.unreachable(notice),
  });
  sender.begin(epochNowMs() + 50);
  policed.result = await sender.ended;
  return policed;
}

const GET = 'http: { method: GET, path: /, headers: { x-call: "${iteration.number}" } }';
const WAIT = 'backoff: { base: 5ms, cap: 20ms }, budget: { ratio: 100%, min: 100/s }';

describe.each([1, 2] as const)('a policy over HTTP/%s', (version) => {
  const protocol = version === 1 ? 'http1' : 'http2';
  const reach = ({ url }: Upstream): string => `url: "${url}", protocol: ${protocol}`;

  it('tries again after what fails, is reset or hangs: each attempt once, each call once', async () => {
    for (const deed of ['fail', 'reset', 'hang'] as const) {
      const upstream = new Upstream((attempt) => (attempt < 3 ? deed : 'answer'));
      await upstream.listen(version);
      // A reset ends all streams of an HTTP/2 connection: they are attempts of other calls.
      const attempts = deed === 'reset' ? 20 : 3;
      const timeout = deed === 'hang' ? 'attemptTimeout: 300ms, ' : '';
      const policed = await runOf(
        reach(upstream),
        GET,
        `${timeout}retry: { attempts: ${attempts}, ${WAIT} }`,
      );
      expect(policed.result?.finished.ok).toBe(CALLS);
      expect(policed.count('response', 'ok')).toBe(CALLS);
      expect(policed.count('service', 'ok')).toBe(CALLS);
      expect(upstream.attempts.size).toBe(CALLS);
      expect(policed.counter('attempts')).toBe(policed.counter('retries') + CALLS);
      // A call that met the close of an idle connection is sent again, as the same attempt.
      expect(policed.counter('attempts') + policed.counter('resent_calls')).toBeGreaterThanOrEqual(
        upstream.total,
      );
      if (deed === 'fail') {
        expect([...upstream.attempts.values()]).toEqual(Array<number>(CALLS).fill(3));
        expect(policed.count('service', 'status')).toBe(2 * CALLS);
      }
      const spans = policed.kept.map(({ spanSeq }) => spanSeq);
      expect(new Set(spans).size).toBe(policed.counter('attempts'));
      expect(spans).toHaveLength(policed.counter('attempts'));
    }
  });

  it('makes a hedge beside an attempt that hangs, and lets go of that', async () => {
    const upstream = new Upstream((attempt) => (attempt === 1 ? 'hang' : 'answer'));
    await upstream.listen(version);
    const policed = await runOf(reach(upstream), GET, 'hedge: { after: 30ms, maxExtra: 100% }');
    expect(policed.result?.finished.ok).toBe(CALLS);
    expect([policed.counter('hedges'), policed.counter('hedge_wins')]).toEqual([CALLS, CALLS]);
    expect([...upstream.attempts.values()]).toEqual(Array<number>(CALLS).fill(2));
    // The run is over, and none of them was waited for: the upstream has seen each of them go.
    await expect.poll(() => upstream.abandoned, { timeout: 20_000 }).toBe(CALLS);
    expect(policed.count('service', 'cancelled')).toBe(CALLS);
    expect(policed.count('response', 'cancelled')).toBe(0);
  });

  it('sends nothing through an open breaker, and answers by its fallback', async () => {
    const upstream = await new Upstream(() => 'fail').listen(version);
    const policed = await runOf(
      reach(upstream),
      GET,
      'breaker: { failures: 50%, calls: 5, window: 60s, sleep: 60s }, fallback: { status: 200, body: stale }',
    );
    expect(policed.result?.finished.fallback).toBe(CALLS);
    expect(policed.counter('breaker_opened')).toBe(1);
    expect(policed.counter('fallbacks')).toBe(CALLS);
    expect(policed.counter('breaker_rejected')).toBe(CALLS - upstream.total);
    expect(upstream.total).toBe(policed.count('service', 'status'));
    expect(policed.counter('breaker_rejected')).toBeGreaterThan(0);
  });

  it('goes to the other endpoint where one takes no connections', async () => {
    const upstream = await new Upstream(() => 'answer').listen(version);
    const refusing = await refusingPort();
    closings.push(() => refusing.release());
    const dead = `http://127.0.0.1:${refusing.port}`;
    const policed = await runOf(
      `url: "${dead}", endpoints: ["${upstream.url}"], protocol: ${protocol}`,
      GET,
      `retry: { attempts: 2, ${WAIT} }`,
    );
    expect(policed.result?.finished.ok).toBe(CALLS);
    expect(upstream.total).toBe(CALLS);
    const retries = policed.counter('retries');
    expect(retries).toBeGreaterThan(0);
    expect(policed.counter('attempts')).toBe(CALLS + retries);
  });
});

describe('a policy over gRPC', () => {
  const step = (method: string, message: string): string =>
    `grpc: { method: shop.Orders/${method}, message: ${message} }`;

  it('tries statuses of its list again, where a call may be made twice, and no others', async () => {
    const server = await grpcServer({ reflection: 'v1' });
    closings.push(() => server.kill());
    const retry = `idempotent: true, retry: { attempts: 3, on: [UNAVAILABLE], ${WAIT} }`;
    const unavailable = await runOf(`url: "${server.url}"`, step('Fail', '{ n: 14 }'), retry);
    expect(unavailable.result?.finished.status).toBe(CALLS);
    expect(unavailable.counter('attempts')).toBe(3 * CALLS);
    expect(server.failedCalls()).toBe(3 * CALLS);
    const invalid = await runOf(`url: "${server.url}"`, step('Fail', '{ n: 3 }'), retry);
    expect(invalid.counter('attempts')).toBe(CALLS);
    expect(server.failedCalls()).toBe(4 * CALLS);
  });

  it('cancels an attempt whose hedge has answered, and one past its time', async () => {
    const server = await grpcServer({ reflection: 'v1' });
    closings.push(() => server.kill());
    const policed = await runOf(
      `url: "${server.url}"`,
      step('Slow', '{ n: 60000 }'),
      'totalTimeout: 400ms, attemptTimeout: 300ms, idempotent: true, hedge: { after: 30ms, maxExtra: 100% }',
    );
    expect(policed.result?.finished.timeout).toBe(CALLS);
    expect(policed.counter('hedges')).toBe(CALLS);
    expect(server.slowCalls()).toBe(2 * CALLS);
    await expect.poll(() => server.cancelled(), { timeout: 20_000 }).toBe(2 * CALLS);
  });
});
