import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';

import { openStore } from '../../src/store/index.ts';
import { callgauge, Workplace } from '../cli/callgauge-process.ts';
import { expectExit } from '../cli/expect-exit.ts';
import { freePort } from './free-port.ts';

interface StoredSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly status: string;
  readonly kept: string;
}

const workplace = new Workplace();
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
  workplace.remove();
});

/** Listens on loopback; `answer` returns the status for a path and a traceparent. */
async function answering(answer: (path: string, traceparent: string) => number): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response
      .writeHead(answer(request.url ?? '', String(request.headers['traceparent'])))
      .end('answered');
  });
  servers.push(server);
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Ran {
  readonly spans: readonly StoredSpan[];
  readonly droppedSpans: number;
  readonly served: unknown;
}

/** Returns all stored spans of a run, and what its report says of them. */
async function ran(name: string, text: string, ...options: readonly string[]): Promise<Ran> {
  const file = workplace.file(`${name}.yaml`, text);
  const dir = ['--dir', workplace.storeDir];
  const ended = await callgauge(['run', file, '--json', ...dir, ...options]);
  expectExit(ended, 0);
  const { metadata, results } = JSON.parse(ended.out) as {
    readonly metadata: { readonly runId: string };
    readonly results: { readonly counters: { droppedSpans: number }; readonly served: unknown };
  };
  const store = await openStore({ dir: workplace.storeDir });
  try {
    const spans = await store.connection.select<StoredSpan>(
      `SELECT TraceId AS traceId, SpanId AS spanId, ParentSpanId AS parentSpanId,
         ServiceName AS service, SpanName AS name, StatusCode AS status,
         SpanAttributes['callgauge.kept'] AS kept
       FROM otel_traces WHERE RunId = {runId:String} ORDER BY TraceId, Timestamp`,
      { runId: metadata.runId },
    );
    return { spans, droppedSpans: results.counters.droppedSpans, served: results.served };
  } finally {
    await store.close();
  }
}

describe('a flow of several steps', () => {
  it('has all its calls stored where one of them failed, and none where none did', async () => {
    let paid = 0;
    const failed = new Set<string>();
    const url = await answering((path, traceparent) => {
      if (path !== '/pay' || ++paid % 3 !== 0) return 200;
      failed.add(traceparent.split('-')[1] ?? '');
      return 503;
    });
    // The pause lets the calls of an arrival end in different seconds.
    const { spans, droppedSpans } = await ran(
      'flow',
      `
name: flow
targets: { shop: { url: "${url}" } }
flows:
  buy:
    - { step: look, target: shop, timeout: 60s, http: { path: /look } }
    - think: 700ms
    - { step: pay, target: shop, timeout: 60s, http: { path: /pay } }
load: [{ phase: steady, arrivals: { rate: 20/s }, for: 2s }]
engine: { workers: 2, gracefulStop: 60s }
trace: { keep: { head: 0%, errors: all, slow: 0% } }
`,
    );
    const traces = Map.groupBy(spans, ({ traceId }) => traceId);
    expect(failed.size).toBeGreaterThan(0);
    expect(new Set(traces.keys())).toEqual(failed);
    for (const calls of traces.values()) {
      expect(calls.map(({ name, kept }) => `${name} ${kept}`)).toEqual(['look trace', 'pay error']);
    }
    expect(droppedSpans).toBe(0);
  });
});

describe('a trace of which a service sends a span', () => {
  it('has the call stored too, whenever the span comes, and no other trace has', async () => {
    const port = await freePort();
    const receiver = `http://127.0.0.1:${port}/v1/traces`;
    const late: object[] = [];
    let requests = 0;
    const sending: Promise<unknown>[] = [];
    const send = (spans: readonly object[]): void => {
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
      const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
      const headers = { 'content-type': 'application/json' };
      sending.push(fetch(receiver, { method: 'POST', headers, body }));
    };
    const url = await answering((_, traceparent) => {
      const [, traceId, parentSpanId] = traceparent.split('-');
      const spanId = String(++requests).padStart(16, '0');
      const nowNs = String(BigInt(Date.now()) * 1_000_000n);
      const times = { startTimeUnixNano: nowNs, endTimeUnixNano: nowNs };
      const span = { traceId, spanId, parentSpanId, name: 'GET /', kind: 2, ...times };
      // One at once, before its call has ended; one with the last call; none of the third.
      if (requests % 3 === 0) send([span]);
      if (requests % 3 === 1) late.push(span);
      if (requests === 60) send(late);
      return 200;
    });
    const { spans, droppedSpans, served } = await ran(
      'spans',
      `
name: spans
targets: { shop: { url: "${url}" } }
flows: { look: [{ step: home, target: shop, timeout: 60s, http: { path: / } }] }
load: [{ phase: steady, arrivals: { rate: 30/s }, for: 2s }]
engine: { gracefulStop: 60s }
trace: { keep: { head: 0%, errors: none, slow: 0% } }
`,
      ...['--receive', String(port)],
    );
    await Promise.all(sending);
    const own = spans.filter(({ service }) => service === 'callgauge');
    const shop = spans.filter(({ service }) => service === 'shop');
    expect(shop).toHaveLength(40);
    expect(own.map(({ spanId }) => spanId).toSorted()).toEqual(
      shop.map(({ parentSpanId }) => parentSpanId).toSorted(),
    );
    expect(droppedSpans).toBe(0);
    // What is kept for a span of a server is no sample of the calls.
    expect(served).toMatchObject({ calls: 60, seen: 40, kind: 'part', keptBySteps: [] });
  });
});
