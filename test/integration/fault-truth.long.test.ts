import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Span } from '../../src/core/index.ts';
import { parseTraceparent } from '../../src/trace/index.ts';
import { Workplace } from '../cli/callgauge-process.ts';
import { freePort } from './free-port.ts';
import { listening } from './http-proxy.ts';
import { ranScenario, type RanScenario } from './ran-scenario.ts';

let workplace: Workplace;
const open: (() => unknown)[] = [];

beforeEach(() => {
  workplace = new Workplace();
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  workplace.remove();
});

/** Carries out a scenario in this process; `noted` hears its lines for people. */
function ran(text: string, noted?: (note: string) => void): Promise<RanScenario> {
  return ranScenario(workplace.file('truth.yaml', text), {}, noted);
}

interface Scenario {
  readonly upstreamPort: number;
  readonly proxy?: string;
  readonly target?: string;
  readonly toxic: string;
  readonly method?: string;
}

/** A step that calls an upstream through a proxy, whose toxic is on for the middle of the run. */
function scenario({ upstreamPort, proxy, target, toxic, method = 'POST' }: Scenario): string {
  return `name: truth
seed: 11
proxies:
  edge: { upstream: "127.0.0.1:${upstreamPort}"${proxy ?? ''} }
targets:
  api: { url: "\${proxies.edge.url}"${target ?? ''} }
flows:
  look:
    - { step: home, target: api, timeout: 20s, http: { method: ${method}, path: / } }
load:
  - phase: steady
    arrivals: { process: constant, rate: 100/s }
    for: 3s
faults:
  - name: some
    proxy: edge
    toxic: ${toxic}
    during: { phase: steady, from: 1s, for: 1s }
trace: { keep: { head: 100%, errors: all, slow: 1% } }
`;
}

async function answering(listener: RequestListener): Promise<number> {
  const { port, stop } = await listening(createServer(listener));
  open.push(stop);
  return port;
}

function isMarked({ attributes }: Span): boolean {
  return attributes['callgauge.fault'] === 'some';
}

function wasActive({ attributes }: Span): boolean {
  return attributes['callgauge.fault.active'] === 'some';
}

function idsOf(spans: readonly Span[], of: (span: Span) => boolean): string[] {
  return spans
    .filter((span) => of(span))
    .map(({ spanId }) => spanId)
    .toSorted();
}

/** Some were marked, some of the window were not, and those marked are those that are meant. */
function expectTruth(spans: readonly Span[], wasTouched: (span: Span) => boolean): void {
  expect(idsOf(spans, isMarked)).toEqual(idsOf(spans, wasTouched));
  expect(spans.filter((span) => isMarked(span)).length).toBeGreaterThan(0);
  expect(spans.filter((span) => isMarked(span) && !wasActive(span))).toEqual([]);
  expect(spans.filter((span) => wasActive(span) && !isMarked(span)).length).toBeGreaterThan(0);
  expect(spans.filter((span) => !wasActive(span)).length).toBeGreaterThan(0);
}

describe('callgauge.fault says which calls a fault touched', () => {
  it('of a toxic on requests: those that never reached the upstream', async () => {
    const reached = new Set<string>();
    const upstreamPort = await answering((message, response) => {
      reached.add(parseTraceparent(String(message.headers['traceparent']))?.spanId ?? '');
      response.end();
    });
    const toxic = '{ type: http_abort, status: 503, toxicity: 30% }';
    const text = scenario({ upstreamPort, proxy: ', protocol: http', toxic });
    const { spans } = await ran(text);
    expect(spans.length).toBe(300);
    expectTruth(spans, ({ spanId }) => !reached.has(spanId));
  });

  it('of a reset: those that failed, and not the others of their connections', async () => {
    const upstreamPort = await answering((_, response) => void response.end());
    const toxic = '{ type: reset_peer, toxicity: 30% }';
    const target = ', connections: 1, connection: { maxRequests: 5 }';
    const { spans } = await ran(scenario({ upstreamPort, toxic, target }));
    expectTruth(spans, ({ status }) => status === 'Error');
  });

  it('of a toxic that alters answers: those that came altered, over fresh connections', async () => {
    const upstreamPort = await answering((_, response) => void response.end());
    const toxic = '{ type: corrupt, share: 100%, what: byte, toxicity: 30% }';
    const target = ', connection: { reuse: false }';
    const { spans } = await ran(scenario({ upstreamPort, toxic, target }));
    expectTruth(spans, ({ status }) => status === 'Error');
  });

  it('of a toxic on bytes that the proxy cannot read: by the connection, here of HTTP/2', async () => {
    const server = createHttp2Server();
    server.on('stream', (stream) => {
      stream.respond({ ':status': 200 });
      stream.end();
    });
    const { port: upstreamPort, stop } = await listening(server);
    open.push(stop);
    const toxic = '{ type: reset_peer, toxicity: 50% }';
    const target = ', protocol: http2, connections: 16, connection: { maxRequests: 4 }';
    const { spans } = await ran(scenario({ upstreamPort, toxic, target }));
    expectTruth(spans, ({ status }) => status === 'Error');
  });

  it('of a fault deep in the system: the service s call and the one that it was made for', async () => {
    const paymentPort = await freePort();
    let receiver = '';
    const exports: Promise<unknown>[] = [];
    const failed = { orders: new Set<string>(), payment: new Set<string>() };
    const payment = await answering((_, response) => void response.end());
    let calls = 0;
    const orders = await answering((message, response) => {
      const context = parseTraceparent(String(message.headers['traceparent']));
      const spanId = (++calls).toString(16).padStart(16, '0');
      const startEpochMs = Date.now();
      const traceparent = `00-${context?.traceId}-${spanId}-01`;
      const headers = { traceparent, connection: 'keep-alive' };
      const paid = fetch(`http://127.0.0.1:${paymentPort}/`, { headers });
      const reported = paid.then(({ status }) => {
        if (status === 503) failed.payment.add(spanId);
        if (status === 503) failed.orders.add(context?.spanId ?? '');
        const body = exportOf({ ...context, spanId, startEpochMs, port: paymentPort });
        exports.push(fetch(receiver, { method: 'POST', headers: JSON_BODY, body }));
        response.end();
      });
      reported.catch(() => response.destroy());
    });
    const text = `name: deep
seed: 11
proxies:
  payment: { listen: "127.0.0.1:${paymentPort}", upstream: "127.0.0.1:${payment}", protocol: http }
targets:
  orders: { url: "http://127.0.0.1:${orders}" }
flows:
  order: [{ step: create, target: orders, timeout: 20s, http: { path: / } }]
load:
  - phase: steady
    arrivals: { process: constant, rate: 50/s }
    for: 3s
faults:
  - name: some
    proxy: payment
    toxic: { type: http_abort, toxicity: 30% }
    during: { phase: steady, from: 1s, for: 1s }
trace: { keep: { head: 100% } }
`;
    const { spans, notes } = await ran(text, (note) => {
      const url = /^receiving spans at (\S+)/u.exec(note)?.[1];
      if (url !== undefined) receiver = url.endsWith('/v1/traces') ? url : `${url}/v1/traces`;
    });
    await Promise.all(exports);
    const own = spans.filter(({ serviceName }) => serviceName === 'callgauge');
    const services = spans.filter(({ serviceName }) => serviceName === 'orders');
    expect(own.length).toBe(150);
    expect(notes.join('\n')).not.toContain('no room');
    expectTruth(own, ({ spanId }) => failed.orders.has(spanId));
    expectTruth(services, ({ spanId }) => failed.payment.has(spanId));
  });
});

const JSON_BODY = { 'content-type': 'application/json' };

/** Returns an export of one CLIENT span of the service `orders` that has just ended. */
function exportOf(span: {
  readonly traceId?: string;
  readonly spanId: string;
  readonly startEpochMs: number;
  readonly port: number;
}): string {
  const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'orders')] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: span.traceId,
                spanId: span.spanId,
                name: 'GET',
                kind: 3,
                startTimeUnixNano: `${span.startEpochMs}000000`,
                endTimeUnixNano: `${Date.now()}999999`,
                attributes: [text('server.port', String(span.port))],
              },
            ],
          },
        ],
      },
    ],
  });
}
