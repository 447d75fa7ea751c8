import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { GRPC_STATUSES, NO_STATUS, type Span } from '../../../src/core/index.ts';
import { CallSpans, type CallSpansOptions } from '../../../src/export/opentelemetry/index.ts';
import { RunIds } from '../../../src/trace/index.ts';
import { keptCall } from './kept-call.ts';

const RUN_ID = '691fab800000beef';
const ORIGIN_MS = 1_763_683_200_000.25;
const ids = new RunIds(RUN_ID);
const URL_WITH_SECRETS = 'http://u:p@127.0.0.1:7101/api/orders?token=s';
const NO_FAULTS = { touchedBy: [], active: [] };

function callSpans(
  options: Pick<CallSpansOptions, 'accept'> & Partial<CallSpansOptions>,
): CallSpans {
  return new CallSpans({
    run: { runId: RUN_ID, scenario: 'checkout', originEpochMs: ORIGIN_MS, harnessVersion: '0.1.0' },
    ids,
    endpoints: new Map([
      [
        'create-order',
        {
          url: URL_WITH_SECRETS,
          attributes: { 'http.request.method': 'POST', 'url.full': URL_WITH_SECRETS },
          statusAttribute: 'http.response.status_code',
          tags: { team: 'payments' },
        },
      ],
    ]),
    ...options,
  });
}

function store(): { readonly spans: Span[]; accept(spans: readonly Span[]): Promise<void> } {
  const spans: Span[] = [];
  return {
    spans,
    accept: async (batch) => {
      spans.push(...batch);
    },
  };
}

afterEach(() => vi.unstubAllEnvs());

it('has the times of a call before the origin, as of a setup, and no phase for it', async () => {
  const to = store();
  const spans = callSpans(to);
  const times = { intendedNs: -3e9, seenNs: -3e9, sentNs: -2_999_999_999, endNs: -2_500_000_000 };
  spans.add(keptCall({ ...times, phase: '', kept: 'setup' }), NO_FAULTS);
  await spans.flush();
  const originNs = BigInt(ORIGIN_MS * 1_000) * 1_000n;
  expect(to.spans).toMatchObject([
    { startEpochNs: originNs - 2_999_999_999n, durationNs: 499_999_999n },
  ]);
  expect(to.spans[0]?.attributes).toMatchObject({ 'callgauge.kept': 'setup' });
  expect(to.spans[0]?.attributes).not.toHaveProperty('callgauge.phase');
});

describe('the span of a gRPC call', () => {
  it('has the attributes of RPC in place of those of HTTP, the status by code and by name', async () => {
    const to = store();
    const url = 'http://127.0.0.1:50051/shop.Orders/Create';
    const endpoint = {
      url,
      attributes: {
        'rpc.system': 'grpc',
        'rpc.service': 'shop.Orders',
        'rpc.method': 'Create',
      },
      statusAttribute: 'rpc.grpc.status_code',
      statusNames: { protocol: 'grpc', names: GRPC_STATUSES },
    };
    const endpoints = new Map([['create-order', endpoint]]);
    const spans = callSpans({ ...to, endpoints });
    spans.add(keptCall({ outcome: 'status', status: 14, error: 'grpc UNAVAILABLE' }), NO_FAULTS);
    await spans.flush();
    const [span] = to.spans;
    expect(span?.statusMessage).toBe('status grpc UNAVAILABLE');
    expect(span?.attributes).toMatchObject({
      'rpc.system': 'grpc',
      'rpc.service': 'shop.Orders',
      'rpc.method': 'Create',
      'rpc.grpc.status_code': '14',
      'server.port': '50051',
      'error.type': 'UNAVAILABLE',
    });
    const names = Object.keys(span?.attributes ?? {});
    expect(names.filter((name) => /^(?:http|url)\./u.test(name))).toEqual([]);
  });
});

describe('the span of a call over a Unix socket', () => {
  it('has the path of the socket as its address, and no port', async () => {
    const to = store();
    const url = 'http://localhost/orders?token=s';
    const endpoint = {
      url,
      socketPath: '/run/orders.sock',
      attributes: { 'http.request.method': 'GET', 'url.full': url },
      statusAttribute: 'http.response.status_code',
    };
    const spans = callSpans({ ...to, endpoints: new Map([['create-order', endpoint]]) });
    spans.add(keptCall({}), NO_FAULTS);
    await spans.flush();
    expect(to.spans[0]?.attributes).toMatchObject({
      'server.address': '/run/orders.sock',
      'network.transport': 'unix',
      'url.full': 'http://localhost/orders?token=REDACTED',
    });
    expect(to.spans[0]?.attributes).not.toHaveProperty('server.port');
  });
});

describe('the span of a call', () => {
  it('has the ids that were sent, the wall times of the call and what was measured', async () => {
    const to = store();
    const spans = callSpans(to);
    spans.add(keptCall(), { touchedBy: ['payment-stall'], active: ['payment-stall', 'reset'] });
    await spans.flush();
    expect(to.spans).toEqual([
      {
        traceId: ids.traceId(1),
        spanId: ids.spanId(2),
        parentSpanId: '',
        traceState: '',
        name: 'create-order',
        kind: 'Client',
        serviceName: 'callgauge',
        startEpochNs: 1_763_683_200_000_251_030n,
        durationNs: 8_000n,
        status: 'Unset',
        statusMessage: '',
        resourceAttributes: { 'service.name': 'callgauge', 'service.version': '0.1.0' },
        attributes: {
          'callgauge.run.id': RUN_ID,
          'callgauge.scenario': 'checkout',
          'callgauge.phase': 'steady',
          'callgauge.step': 'create-order',
          'callgauge.tag.team': 'payments',
          'callgauge.seq': '1',
          'callgauge.outcome': 'ok',
          'callgauge.kept': 'head',
          'callgauge.intended_ns': '1000',
          'callgauge.lag_ns': '10',
          'callgauge.wait_ns': '20',
          'callgauge.response_ns': '8030',
          'callgauge.fault': 'payment-stall',
          'callgauge.fault.active': 'payment-stall,reset',
          'http.request.method': 'POST',
          'url.full': 'http://REDACTED:REDACTED@127.0.0.1:7101/api/orders?token=REDACTED',
          'server.address': '127.0.0.1',
          'server.port': '7101',
          'http.response.status_code': '201',
        },
        scopeName: 'callgauge',
        scopeVersion: '0.1.0',
        events: [],
        links: [],
      },
    ]);
  });

  it.each([
    [{ outcome: 'status', status: 503 }, '503', 'status 503'],
    [{ outcome: 'timeout', status: NO_STATUS }, 'timeout', 'timeout'],
    [{ outcome: 'cancelled', status: NO_STATUS }, 'cancelled', 'cancelled'],
    [{ outcome: 'transport', status: NO_STATUS }, 'transport', 'transport'],
    [
      { outcome: 'transport', status: NO_STATUS, error: 'ECONNREFUSED' },
      'ECONNREFUSED',
      'transport: ECONNREFUSED',
    ],
  ] as const)('that failed as %o is an error', async (changes, errorType, message) => {
    const to = store();
    const spans = callSpans(to);
    spans.add(keptCall(changes), NO_FAULTS);
    await spans.flush();
    expect(to.spans[0]).toMatchObject({ status: 'Error', statusMessage: message });
    expect(to.spans[0]?.attributes).toMatchObject({ 'error.type': errorType });
    expect(to.spans[0]?.attributes['http.response.status_code']).toBe(
      changes.status === NO_STATUS ? undefined : String(changes.status),
    );
    expect(to.spans[0]?.attributes).not.toHaveProperty('callgauge.fault');
  });

  it('keeps its times to the nanosecond', async () => {
    // Up to 104 days, where a number of nanoseconds ceases to be exact.
    const sentNs = fc.maxSafeNat().filter((ns) => ns < 2 ** 53 - 1e9);
    await fc.assert(
      fc.asyncProperty(sentNs, fc.nat(1e9), async (sent, took) => {
        const to = store();
        const spans = callSpans(to);
        spans.add(keptCall({ sentNs: sent, endNs: sent + took }), NO_FAULTS);
        await spans.flush();
        expect(to.spans[0]?.startEpochNs).toBe(1_763_683_200_000_250_000n + BigInt(sent));
        expect(to.spans[0]?.durationNs).toBe(BigInt(took));
      }),
    );
  });

  it('is made whatever OTEL_* variables say', async () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    vi.stubEnv('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', '1');
    vi.stubEnv('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', '2');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'service.name=other');
    const to = store();
    const spans = callSpans(to);
    spans.add(keptCall(), NO_FAULTS);
    await spans.flush();
    expect(to.spans[0]?.serviceName).toBe('callgauge');
    expect(to.spans[0]?.attributes['callgauge.phase']).toBe('steady');
  });
});

describe('the way to the store', () => {
  it('gives the calls of one moment in one batch', async () => {
    const batches: number[] = [];
    const spans = callSpans({
      accept: async (batch) => {
        batches.push(batch.length);
      },
    });
    for (let i = 0; i < 100; i++) spans.add(keptCall({ spanSeq: i }), NO_FAULTS);
    await spans.flush();
    expect(batches).toEqual([100]);
    expect(spans).toMatchObject({ stored: 100, dropped: 0, buffered: 0 });
  });

  it('keeps what the store rejects, and tries again', async () => {
    const to = store();
    let away = true;
    const spans = callSpans({
      accept: async (batch) => {
        if (away) throw new Error('store is away');
        await to.accept(batch);
      },
    });
    spans.add(keptCall({ spanSeq: 1 }), NO_FAULTS);
    await expect(spans.flush()).rejects.toThrow('store is away');
    expect(spans).toMatchObject({ stored: 0, dropped: 0, buffered: 1 });
    away = false;
    spans.add(keptCall({ spanSeq: 2 }), NO_FAULTS);
    await spans.flush();
    expect(to.spans.map((span) => span.spanId)).toEqual([ids.spanId(1), ids.spanId(2)]);
    expect(spans).toMatchObject({ stored: 2, dropped: 0, buffered: 0 });
  });

  it('counts what finds the buffer full, and loses no count', async () => {
    const to = store();
    const spans = callSpans({ ...to, maxBuffered: 3 });
    for (let i = 0; i < 10; i++) spans.add(keptCall({ spanSeq: i }), NO_FAULTS);
    await spans.flush();
    expect(spans).toMatchObject({ stored: 3, dropped: 7, buffered: 0 });
    expect(to.spans).toHaveLength(3);
  });

  it('waits, on flush, for a batch that is under way', async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const spans = callSpans({
      accept: async () => {
        begun.resolve();
        await release.promise;
      },
    });
    spans.add(keptCall(), NO_FAULTS);
    await begun.promise;
    let flushed = false;
    const flush = spans.flush().then(() => (flushed = true));
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    expect(flushed).toBe(false);
    release.resolve();
    await flush;
    expect(spans.stored).toBe(1);
  });
});
