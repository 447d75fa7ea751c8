import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { epochNowMs, NS_PER_SEC } from '../../src/core/index.ts';
import { withSchemas } from '../../src/run/prepare/grpc-schemas.ts';
import { asReachable, parseScenario } from '../../src/scenario/index.ts';
import { startSender } from '../../src/sender/index.ts';
import {
  PROPAGATION_FORMATS,
  type PropagationFormat,
  RunIds,
  traceIdsOf,
} from '../../src/trace/index.ts';
import { sentHeaders } from '../trace/sent-headers.ts';
import { grpcServer } from './grpc-server.ts';
import { countdown } from './saturated-run.ts';

const ids = new RunIds('691fab800000beef');
const CALLS = 5;

type Headers = Readonly<Record<string, string>>;

const open = new Set<{ close(): unknown }>();

afterEach(() => {
  for (const server of open) server.close();
  open.clear();
});

async function urlOf(server: Server): Promise<string> {
  open.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

/** Returns the headers whose values are single texts, as a server was given them. */
function texts(headers: IncomingHttpHeaders): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

/** Carries out a scenario; stops its load when `until` resolves, and lets the calls end. */
async function run(
  text: string,
  until: Promise<void> = new Promise(() => undefined),
): Promise<Readonly<Record<string, number>>> {
  const scenario = await withSchemas(asReachable(parseScenario(text, 'propagation.yaml')));
  const sender = await startSender({ scenario, runId: ids.runId, onSlice: () => undefined });
  sender.begin(epochNowMs() + 20);
  void until.then(() => sender.stop(20 * NS_PER_SEC));
  return (await sender.ended).finished;
}

/** Returns which arrivals sent these requests; each carries a call's ids in these formats alone. */
function arrivalsOf(
  requests: readonly Headers[],
  formats: readonly PropagationFormat[],
): readonly number[] {
  const names = Object.keys(sentHeaders(PROPAGATION_FORMATS, ids, 0, 0));
  const spans = new Set<number>();
  const arrivals = requests.map((headers) => {
    const carried = Object.fromEntries(names.flatMap((n) => (headers[n] ? [[n, headers[n]]] : [])));
    const seq = ids.seqOfTraceId(traceIdsOf((name) => headers[name])?.traceId ?? '') ?? -1;
    const spanId = carried['x-b3-spanid'] ?? carried['traceparent']?.split('-')[2] ?? '';
    const spanSeq = ids.spanSeqOf(spanId) ?? -1;
    expect(carried).toEqual(sentHeaders(formats, ids, seq, spanSeq));
    spans.add(spanSeq);
    return seq;
  });
  expect(spans.size).toBe(requests.length);
  return arrivals.sort((a, b) => a - b);
}

describe('the trace context of a run', () => {
  it('is at the server in every format, over HTTP/1.1, HTTP/2 and gRPC, by target', async () => {
    const seen: Record<'one' | 'two', Headers[]> = { one: [], two: [] };
    const two = createHttp2Server((request, response) => {
      seen.two.push(texts(request.headers));
      response.end('ok');
    });
    const twoUrl = await urlOf(two);
    const one = createHttpServer((request, response) => {
      seen.one.push(texts(request.headers));
      response.writeHead(302, { location: `${twoUrl}/next` }).end();
    });
    const grpc = await grpcServer({ reflection: 'both' });
    open.add({ close: () => grpc.kill() });
    const { ok, ...others } = await run(`name: propagation
targets:
  one: { url: "${await urlOf(one)}" }
  two: { url: "${twoUrl}", protocol: http2, propagate: [b3multi, datadog] }
  shop: { url: "${grpc.url}" }
flows:
  all:
    - { step: first, target: one, http: { path: /, redirects: 1, headers: { x-number: "\${iteration.number}" } } }
    - { step: second, target: two, http: /fixed }
    - { step: third, target: shop, grpc: { method: shop.Orders/Create, message: { skuCode: a } } }
load: [ { phase: main, users: 1, iterations: ${CALLS}, for: 30s } ]
trace: { propagate: [${PROPAGATION_FORMATS.join(', ')}] }
`);
    expect([ok, Object.values(others).every((count) => count === 0)]).toEqual([3 * CALLS, true]);
    const each = Array.from({ length: CALLS }, (_, seq) => seq);
    expect(arrivalsOf(seen.one, PROPAGATION_FORMATS)).toEqual(each);
    // The hop behind the redirect belongs to the trace of the call that was sent on.
    const hops = each.flatMap((seq) => [seq, seq]);
    expect(arrivalsOf(seen.two, ['b3multi', 'datadog'])).toEqual(hops);
    const metadata = grpc.metadata.map((map) => map.getMap() as Headers);
    expect(arrivalsOf(metadata, PROPAGATION_FORMATS)).toEqual(each);
  });

  it('is at the server in every format where autocannon sends', async () => {
    const seen: Headers[] = [];
    const asked = countdown(20);
    const server = createHttpServer((request, response) => {
      seen.push(texts(request.headers));
      asked.count();
      response.end();
    });
    const text = `name: saturated
targets: { one: { url: "${await urlOf(server)}", propagate: [b3, b3multi, datadog] } }
flows: { all: [ { step: first, target: one, http: / } ] }
load: [ { phase: main, for: 60s, saturate: { connections: 2 } } ]
`;
    await run(text, asked.done);
    expect(arrivalsOf(seen, ['b3', 'b3multi', 'datadog']).length).toBeGreaterThanOrEqual(20);
  });
});
