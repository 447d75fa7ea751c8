import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { describe, it, type TestContext } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import { acceptSpansOf, startOtlpReceiver, type OtlpReceiver } from '../../src/ingest/index.ts';

interface ExporterOptions {
  readonly url: string;
  readonly compression: 'gzip' | 'none';
  /** By default 10 s, which a loaded machine may use up between two tries. */
  readonly timeoutMillis?: number;
}

const exporters = [
  ['protobuf', 'none', (options: ExporterOptions) => new ProtobufExporter(options as object)],
  ['protobuf', 'gzip', (options: ExporterOptions) => new ProtobufExporter(options as object)],
  ['JSON', 'none', (options: ExporterOptions) => new JsonExporter(options as object)],
  ['JSON', 'gzip', (options: ExporterOptions) => new JsonExporter(options as object)],
] as const;

/** Starts a receiver that is closed behind the test. */
async function receiverOf(
  { onTestFinished }: TestContext,
  accept: (spans: readonly Span[]) => Promise<void>,
): Promise<OtlpReceiver> {
  const receiver = await startOtlpReceiver({
    accept: (block) => acceptSpansOf(block, accept),
  });
  onTestFinished(() => receiver.close());
  return receiver;
}

// What services really send. An exporter waits two seconds before it sends again: all wait at once.
describe.concurrent.each(exporters)(
  "OpenTelemetry's exporter of %s, compression %s",
  (_, compression, make) => {
    it('delivers spans as they were', async (context) => {
      const { expect } = context;
      const stored: Span[] = [];
      const receiver = await receiverOf(context, async (spans) => {
        stored.push(...spans);
      });
      const provider = providerTo(make({ url: `${receiver.url}/v1/traces`, compression }));
      makeSpans(provider);
      await provider.shutdown();

      const [child, parent] = stored;
      expect(stored).toHaveLength(2);
      expect(parent).toMatchObject({
        name: 'POST /api/orders',
        kind: 'Server',
        serviceName: 'orders',
        parentSpanId: '',
        startEpochNs: 1_763_683_200_000_000_001n,
        durationNs: 2_000_000_999n,
        status: 'Error',
        statusMessage: 'out of stock',
        scopeName: 'shop',
        scopeVersion: '2.0.0',
        attributes: {
          'http.response.status_code': '409',
          'a.double': '0.5',
          'a.boolean': 'true',
          'a.list': '["x","y"]',
          'a.text': 'Ünïcödé "quoted"',
        },
        events: [
          {
            epochNs: 1_763_683_201_000_000_000n,
            name: 'looked',
            attributes: { sku: 'A-1' },
          },
        ],
      });
      expect(child).toMatchObject({
        traceId: parent?.traceId,
        parentSpanId: parent?.spanId,
        kind: 'Client',
        links: [{ traceId: parent?.traceId, spanId: parent?.spanId, attributes: { why: 'test' } }],
      });
      expect(parent?.resourceAttributes).toEqual({ 'service.name': 'orders', 'process.pid': '7' });
      expect(receiver.counters).toMatchObject({ requests: 1, spans: 2, refusals: {} });
    });

    it('sends again what the store could not take, and nothing is lost', async (context) => {
      const { expect } = context;
      const stored: Span[] = [];
      let tries = 0;
      const receiver = await receiverOf(context, async (spans) => {
        if (tries++ === 0) throw new Error('the store is away');
        stored.push(...spans);
      });
      const provider = providerTo(
        make({ url: `${receiver.url}/v1/traces`, compression, timeoutMillis: 50_000 }),
      );
      makeSpans(provider);
      await provider.shutdown();
      expect(stored).toHaveLength(2);
      expect(receiver.counters).toMatchObject({ requests: 2, spans: 2, refusals: { store: 1 } });
    });
  },
);

function providerTo(exporter: ProtobufExporter | JsonExporter): NodeTracerProvider {
  return new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'orders', 'process.pid': 7 }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
}

function makeSpans(provider: NodeTracerProvider): void {
  const tracer = provider.getTracer('shop', '2.0.0');
  const parent = tracer.startSpan('POST /api/orders', {
    kind: SpanKind.SERVER,
    startTime: [1_763_683_200, 1],
    attributes: {
      'http.response.status_code': 409,
      'a.double': 0.5,
      'a.boolean': true,
      'a.list': ['x', 'y'],
      'a.text': 'Ünïcödé "quoted"',
    },
  });
  parent.addEvent('looked', { sku: 'A-1' }, [1_763_683_201, 0]);
  parent.setStatus({ code: SpanStatusCode.ERROR, message: 'out of stock' });
  const inside = trace.setSpan(ROOT_CONTEXT, parent);
  const links = [{ context: parent.spanContext(), attributes: { why: 'test' } }];
  tracer.startSpan('GET', { kind: SpanKind.CLIENT, links }, inside).end();
  parent.end([1_763_683_202, 1_000]);
}
