import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CallgaugeProcess, Workplace } from '../cli/callgauge-process.ts';
import { freePort } from './free-port.ts';
import { installedPart } from './installed-parts.ts';
import { MortalClickHouse } from './mortal-clickhouse.ts';
import { startCollector, type RunningCollector } from './otel-collector.ts';
import { exportOf, postExport } from './resending-exporter.ts';

const PYTHON = installedPart('python/bin/python');
const GO_EXPORT = installedPart('bin/otel-export');
const TELEMETRYGEN = installedPart('bin/telemetrygen');
const COLLECTOR = installedPart('bin/otel-collector');
const PARTS = join(import.meta.dirname, 'parts');
const SPANS = 1_200;
const STORED_WITHIN_MS = 60_000;

const place = new Workplace();
let clickHouse: MortalClickHouse;
let receiver: CallgaugeProcess;
/** Where both protocols are taken: `127.0.0.1:PORT`. */
let address: string;

beforeAll(async () => {
  clickHouse = await MortalClickHouse.started();
  address = `127.0.0.1:${await freePort()}`;
  const store = ['--store', `${clickHouse.url}/interop`, '--dir', place.storeDir];
  receiver = new CallgaugeProcess(['receive', '--listen', address, ...store]);
  await receiver.says('receiving at');
});

afterAll(async () => {
  receiver.child.kill('SIGKILL');
  await clickHouse.remove();
  place.remove();
});

/** Checks that a service's spans are stored, each once, and none but those. */
async function expectStored(serviceName: string, ids: readonly string[]): Promise<void> {
  const sql = `SELECT concat(TraceId, ' ', SpanId) FROM interop.otel_traces WHERE ServiceName = '${serviceName}'`;
  const rows = await vi.waitFor(
    async () => {
      const found = await clickHouse.rows(sql);
      expect(found.length).toBeGreaterThanOrEqual(ids.length);
      return found;
    },
    { timeout: STORED_WITHIN_MS, interval: 100 },
  );
  expect(rows.map(String).toSorted()).toEqual(ids.toSorted());
}

describe("OpenTelemetry's SDK for JavaScript", () => {
  test.each([
    ['protobuf', 'none'],
    ['protobuf', 'gzip'],
    ['json', 'none'],
    ['json', 'gzip'],
    ['grpc', 'none'],
    ['grpc', 'gzip'],
  ] as const)('exports by %s, %s', async (protocol, compression) => {
    // Their type of it is an enum of a package that is none of ours.
    const options = { compression } as object;
    const url = `http://${address}/v1/traces`;
    const exporter = {
      protobuf: () => new ProtobufExporter({ ...options, url }),
      json: () => new JsonExporter({ ...options, url }),
      grpc: () => new GrpcExporter({ ...options, url: `http://${address}` }),
    }[protocol]();
    const serviceName = `js-${protocol}-${compression}`;
    const provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName }),
      spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: SPANS })],
    });
    const tracer = provider.getTracer('export');
    const ids = Array.from({ length: SPANS }, (_, number) => {
      const span = tracer.startSpan('work', { attributes: { number, text: 'Zoë' } });
      span.end();
      const { traceId, spanId } = span.spanContext();
      return `${traceId} ${spanId}`;
    });
    await provider.shutdown();
    await expectStored(serviceName, ids);
  });
});

/** Runs a program that exports spans to the receiver, and returns the ids that it prints. */
async function exportedBy(
  [file, ...args]: readonly [file: string, ...args: readonly string[]],
  serviceName: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(file, args, {
    env: {
      ...process.env,
      OTEL_SERVICE_NAME: serviceName,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}`,
      OTEL_BSP_MAX_QUEUE_SIZE: String(SPANS),
      ...environment,
    },
  });
  return stdout.trim().split('\n');
}

describe.skipIf(PYTHON === undefined)("OpenTelemetry's SDK for Python", () => {
  test.each([
    ['http', 'none'],
    ['http', 'gzip'],
    ['http', 'deflate'],
    ['grpc', 'none'],
    ['grpc', 'gzip'],
    ['grpc', 'deflate'],
  ])('exports by %s, %s', async (protocol, compression) => {
    const serviceName = `python-${protocol}-${compression}`;
    const script = join(PARTS, 'python/export_spans.py');
    const program = [PYTHON ?? '', script, protocol, compression, String(SPANS)] as const;
    await expectStored(serviceName, await exportedBy(program, serviceName));
  });
});

describe.skipIf(GO_EXPORT === undefined)("OpenTelemetry's SDK for Go", () => {
  test.each([
    ['http', 'none'],
    ['http', 'gzip'],
    ['grpc', 'none'],
    ['grpc', 'gzip'],
  ])('exports by %s, %s', async (protocol, compression) => {
    const serviceName = `go-${protocol}-${compression}`;
    const program = [GO_EXPORT ?? '', protocol, String(SPANS)] as const;
    const environment = { OTEL_EXPORTER_OTLP_COMPRESSION: compression };
    await expectStored(serviceName, await exportedBy(program, serviceName, environment));
  });
});

describe.skipIf(TELEMETRYGEN === undefined)('telemetrygen', () => {
  test.each([['http'], ['grpc']])('sends traces by %s', async (protocol) => {
    const traces = 100;
    const serviceName = `telemetrygen-${protocol}`;
    const to = ['--otlp-insecure', '--otlp-endpoint', address];
    const load = ['--traces', String(traces), '--child-spans', '3', '--rate', '0'];
    const by = [...(protocol === 'http' ? ['--otlp-http'] : []), '--service', serviceName];
    await promisify(execFile)(TELEMETRYGEN ?? '', ['traces', ...to, ...load, ...by]);
    const sql = `SELECT count(), uniqExact(TraceId, SpanId), uniqExact(TraceId), countIf(ParentSpanId = '')
      FROM interop.otel_traces WHERE ServiceName = '${serviceName}'`;
    await vi.waitFor(
      async () => {
        const [row = []] = await clickHouse.rows(sql);
        expect(row.map(Number)).toEqual([4 * traces, 4 * traces, traces, traces]);
      },
      { timeout: STORED_WITHIN_MS, interval: 100 },
    );
  });
});

/** Exporters of the Collector, by what they send. */
const EXPORTERS = [
  ...['none', 'gzip', 'zlib', 'deflate', 'zstd', 'snappy', 'x-snappy-framed', 'lz4'].map(
    (compression) => ({ type: 'otlp_http', encoding: 'proto', compression }),
  ),
  ...['none', 'zstd'].map((compression) => ({ type: 'otlp_http', encoding: 'json', compression })),
  ...['none', 'gzip'].map((compression) => ({
    type: 'otlp_grpc',
    encoding: 'proto',
    compression,
  })),
];

describe.skipIf(COLLECTOR === undefined)("the Collector's exporters", () => {
  let collector: RunningCollector;
  const ports = new Map<string, number>();

  beforeAll(async () => {
    for (const exporter of EXPORTERS) ports.set(nameOf(exporter), await freePort());
    collector = await startCollector(COLLECTOR ?? '', place, pipelines(ports), [...ports.values()]);
  });

  afterAll(() => collector.kill());

  test.each(EXPORTERS)('pass spans on by $type, $encoding, $compression', async (exporter) => {
    const serviceName = `collector-${nameOf(exporter)}`;
    const traceId = randomBytes(16).toString('hex');
    const spanIds = Array.from({ length: SPANS }, (_, i) => (i + 1).toString(16).padStart(16, '0'));
    const body = exportOf(spanIds, { serviceName, traceId });
    const url = `http://127.0.0.1:${ports.get(nameOf(exporter))}/v1/traces`;
    expect(await postExport(url, body)).toMatchObject({ status: 200 });
    await expectStored(
      serviceName,
      spanIds.map((spanId) => `${traceId} ${spanId}`),
    );
  });
});

/** Returns the configuration of a Collector that takes spans at a port for each exporter. */
function pipelines(ports: ReadonlyMap<string, number>): object {
  const each = (of: (exporter: Exporter, name: string) => readonly [string, object]): object =>
    Object.fromEntries(EXPORTERS.map((exporter) => of(exporter, nameOf(exporter))));
  return {
    receivers: each((_, name) => {
      const endpoint = `127.0.0.1:${ports.get(name)}`;
      return [`otlp/${name}`, { protocols: { http: { endpoint } } }];
    }),
    exporters: each(({ type, encoding, compression }, name) => [
      `${type}/${name}`,
      type === 'otlp_grpc'
        ? { endpoint: address, compression, tls: { insecure: true } }
        : { endpoint: `http://${address}`, compression, encoding },
    ]),
    service: {
      pipelines: each(({ type }, name) => [
        `traces/${name}`,
        { receivers: [`otlp/${name}`], exporters: [`${type}/${name}`] },
      ]),
    },
  };
}

type Exporter = (typeof EXPORTERS)[number];

function nameOf({ type, encoding, compression }: Exporter): string {
  return `${type}-${encoding}-${compression}`;
}
