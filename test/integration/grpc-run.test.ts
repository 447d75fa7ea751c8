import { afterEach, describe, expect, it } from 'vitest';
import { withSchemas } from '../../src/run/prepare/grpc-schemas.ts';
import {
  type CallClock,
  countOf,
  type CounterName,
  EMPTY_HISTOGRAM,
  epochNowMs,
  mergeSparse,
  type Ns,
  type SparseHistogram,
} from '../../src/core/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import { asReachable, parseScenario } from '../../src/scenario/index.ts';
import { startSender } from '../../src/sender/index.ts';
import { type GrpcServer, grpcServer } from './grpc-server.ts';

/** The width of a bucket of a histogram, to its value. */
const BUCKET_RATIO = 0.001;

let server: GrpcServer | undefined;

afterEach(() => server?.kill());

const scenarioText = (url: string): string => `
name: grpc
targets: { shop: { url: "${url}" } }
setup: [ { step: prepare, target: shop, grpc: { method: shop.Orders/Create, message: { skuCode: S } }, capture: { first: $.id } } ]
flows:
  order:
    - step: create
      target: shop
      grpc: { method: shop.Orders/Create, message: { skuCode: "\${first}-\${iteration.number}", n: "\${random.int(1,9)}" }, metadata: { x-number: "\${iteration.number}" } }
      capture: { id: $.id }
      check: { json: { $.count: { min: 1 } }, headers: { x-trailer: last } }
    - step: watch
      target: shop
      grpc: { method: shop.Orders/Watch, message: { messages: 5, everyMs: 100 } }
    - step: upload
      target: shop
      grpc: { method: shop.Orders/Upload, messages: [ { skuCode: "\${id}" }, { skuCode: last } ] }
      check: { json: { "$.seen[0]": "\${id}" } }
load:
  - { phase: main, for: 1s, arrivals: { process: constant, rate: 20/s } }
`;

function sumNs({ valueNs, count }: SparseHistogram): Ns {
  return valueNs.reduce((sum, ns, i) => sum + ns * (count[i] ?? 0), 0);
}

/** Streams that go on for longer than a hedge waits and than an attempt may take. */
const committedText = (url: string): string => `
name: grpc
targets: { shop: { url: "${url}" } }
flows:
  watch:
    - step: hedged
      target: shop
      policy: { idempotent: true, hedge: { after: 1s, maxExtra: 100% } }
      grpc: { method: shop.Orders/Watch, message: { messages: 5, everyMs: 400 } }
    - step: retried
      target: shop
      policy: { idempotent: true, attemptTimeout: 2s, retry: { attempts: 3 } }
      grpc: { method: shop.Orders/Watch, message: { messages: 5, everyMs: 1000 } }
load:
  - { phase: main, for: 1s, arrivals: { process: constant, rate: 2/s } }
`;

describe('a run over gRPC', () => {
  it('repeats no stream whose answer has begun', async () => {
    const { url } = (server = await grpcServer({ reflection: 'both' }));
    const text = committedText(url);
    const slices: RecordSlice[] = [];
    const scenario = await withSchemas(asReachable(parseScenario(text, 'grpc.yaml')));
    const sender = await startSender({
      scenario,
      runId: '0123456789abcdef',
      onSlice: (slice) => slices.push(slice),
      onNotice: () => undefined,
    });
    sender.begin(epochNowMs() + 50);
    const { finished } = await sender.ended;
    expect(finished).toMatchObject({ ok: 2, timeout: 2 });
    const counted = (name: CounterName): number =>
      slices
        .flatMap(({ counters }) => counters)
        .filter(({ counter }) => counter === name)
        .reduce((sum, { value }) => sum + value, 0);
    expect([counted('attempts'), counted('hedges'), counted('retries')]).toEqual([4, 0, 0]);
  });

  it('asks for the schema, fills in, checks, captures, and records messages apart', async () => {
    const { url, metadata } = (server = await grpcServer({ reflection: 'both' }));
    const scenario = await withSchemas(asReachable(parseScenario(scenarioText(url), 'grpc.yaml')));
    const slices: RecordSlice[] = [];
    const notices: string[] = [];
    const sender = await startSender({
      scenario,
      runId: '0123456789abcdef',
      onSlice: (slice) => slices.push(slice),
      onNotice: (notice) => notices.push(notice),
    });
    sender.begin(epochNowMs() + 50);
    const { finished } = await sender.ended;
    expect(notices).toEqual([]);
    expect(finished).toMatchObject({
      ok: 60,
      status: 0,
      check: 0,
      rejected: 0,
      fallback: 0,
      transport: 0,
      timeout: 0,
    });
    const count = (counter: CounterName, step: string): number =>
      slices
        .flatMap(({ counters }) => counters)
        .filter((slice) => slice.counter === counter && slice.step === step)
        .reduce((sum, { value }) => sum + value, 0);
    expect(count('messages_in', 'watch')).toBe(100);
    expect(count('messages_out', 'upload')).toBe(40);
    expect(count('messages_in', 'create')).toBe(20);
    const timesOf = (wanted: CallClock, step: string): SparseHistogram =>
      slices
        .flatMap(({ histograms }) => histograms)
        .filter((slice) => slice.clock === wanted && slice.step === step)
        .reduce<SparseHistogram>(mergeSparse, EMPTY_HISTOGRAM);
    const gaps = timesOf('message', 'watch');
    expect(countOf(gaps)).toBe(80);
    // From message to message, not from the first one: those of a call sum to less than it took.
    expect(sumNs(gaps)).toBeGreaterThan(0);
    expect(sumNs(gaps)).toBeLessThan(sumNs(timesOf('service', 'watch')) * (1 + BUCKET_RATIO));
    // That of the setup has none.
    expect(new Set(metadata.flatMap((map) => map.get('x-number'))).size).toBe(20);
  });

  it('is refused before it begins where a step does not fit what the target tells', async () => {
    const { url } = (server = await grpcServer({ reflection: 'both' }));
    const text = scenarioText(url).replace('everyMs', 'evryMs');
    const scenario = asReachable(parseScenario(text, 'grpc.yaml'));
    await expect(withSchemas(scenario)).rejects.toThrow(
      'unknown field "evryMs" of shop.WatchRequest, did you mean "every_ms"? (flows.order[1].grpc.message.evryMs, grpc.yaml:14:',
    );
  });
});
