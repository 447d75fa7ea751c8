import { rngFrom, type Rng } from '../../src/core/index.ts';
import { BackwardWriter } from './backward-writer.ts';

/** The body of one OTLP request. */
export interface ExportBody {
  readonly bytes: Buffer;
  /** Offset of the 16 bytes of each span's trace id. */
  readonly traceIdOffsets: Uint32Array;
}

export interface ExportBodiesOptions {
  /** At least so many spans, in whole bodies. */
  readonly spans: number;
  readonly spansPerBody: number;
  readonly seed: number;
  /** When the first trace begins. */
  readonly startEpochNs: bigint;
}

/** What an SDK sends at once: its batches are of 512. */
const RESOURCE_SPANS = 500;
const SPANS_OF_SERVICE = 2;
const RESOURCE_TRACES = RESOURCE_SPANS / SPANS_OF_SERVICE;
const SERVICES = ['front', 'cart', 'orders', 'payment', 'stock'] as const;
const TRACE_EVERY_NS = 200_000n;
const FAILED_RATIO = 0.02;
const KIND_SERVER = 2;
const KIND_CLIENT = 3;
const STATUS_ERROR = 2;
const STACK = Array.from(
  { length: 8 },
  (_, line) => `    at handle${line} (/app/src/handlers/checkout-${line}.ts:${40 + line}:17)`,
).join('\n');

/**
 * Returns protobuf bodies as the SDKs of five services make them. For every 500 spans they have a
 * resource of 8 attributes; a span has about 10 attributes, and one that failed has an exception
 * with its stack. A trace is 10 spans: a server's and a client's of each service, in five
 * resources.
 */
export function exportBodies(options: ExportBodiesOptions): ExportBody[] {
  const { spans, spansPerBody, seed, startEpochNs } = options;
  const rng = rngFrom(seed, 'bodies of OTLP exporters');
  const out = new BackwardWriter(1 << 20);
  const bodies: ExportBody[] = [];
  let traces: readonly Trace[] = [];
  let nextResource = 0;
  for (let made = 0; made < spans; made += spansPerBody) {
    const offsetsFromEnd: number[] = [];
    out.clear();
    for (let left = spansPerBody; left > 0; left -= RESOURCE_SPANS) {
      const service = nextResource % SERVICES.length;
      if (service === 0) {
        const first = BigInt((nextResource / SERVICES.length) * RESOURCE_TRACES);
        traces = Array.from({ length: RESOURCE_TRACES }, (_, i) =>
          newTrace(rng, startEpochNs + (first + BigInt(i)) * TRACE_EVERY_NS),
        );
      }
      const count = Math.min(left, RESOURCE_SPANS);
      writeResourceSpans(out, { rng, service, traces, count, offsetsFromEnd });
      nextResource++;
    }
    const bytes = out.copy();
    const traceIdOffsets = Uint32Array.from(offsetsFromEnd, (offset) => bytes.length - offset);
    bodies.push({ bytes, traceIdOffsets });
  }
  return bodies;
}

/**
 * Gives every trace another id, by a mask of 16 bytes that is laid over it: traces that lie in
 * several bodies stay whole where all get the same.
 */
export function renameTraces({ bytes, traceIdOffsets }: ExportBody, mask: Uint8Array): void {
  for (const offset of traceIdOffsets) {
    mask.forEach((bits, i) => (bytes[offset + i] = (bytes[offset + i] ?? 0) ^ bits));
  }
}

interface Trace {
  readonly id: Buffer;
  /** Of the two spans of each service, a server's and a client's, in turns. */
  readonly spanIds: readonly Buffer[];
  readonly startEpochNs: bigint;
  readonly durationNs: number;
  readonly user: number;
  readonly isFailed: boolean;
}

function newTrace(rng: Rng, startEpochNs: bigint): Trace {
  return {
    id: randomBytes(rng, 16),
    spanIds: Array.from({ length: SERVICES.length * SPANS_OF_SERVICE }, () => randomBytes(rng, 8)),
    startEpochNs,
    durationNs: Math.round(5_000_000 * Math.exp(2 * rng.nextFloat())),
    user: rng.nextUint32() % 50_000,
    isFailed: rng.nextFloat() < FAILED_RATIO,
  };
}

interface Resource {
  readonly rng: Rng;
  readonly service: number;
  readonly traces: readonly Trace[];
  readonly count: number;
  /** Gets how far before the end of the body each trace id begins. */
  readonly offsetsFromEnd: number[];
}

function writeResourceSpans(out: BackwardWriter, of: Resource): void {
  const { service, traces, count } = of;
  const name = SERVICES[service] ?? '';
  out.message(1, () => {
    out.message(2, () => {
      for (let i = count - 1; i >= 0; i--) {
        const trace = traces[Math.floor(i / SPANS_OF_SERVICE)];
        if (trace === undefined) continue;
        out.message(2, () => writeSpan(out, of, trace, i % SPANS_OF_SERVICE === 0));
      }
      out.message(1, () => {
        out.text(2, '0.71.0');
        out.text(1, '@opentelemetry/instrumentation-http');
      });
    });
    out.message(1, () => {
      writeAttribute(out, 1, 'telemetry.sdk.version', '2.12.0');
      writeAttribute(out, 1, 'telemetry.sdk.name', 'opentelemetry');
      writeAttribute(out, 1, 'telemetry.sdk.language', 'nodejs');
      writeAttribute(out, 1, 'host.name', `node-${service}.cluster.internal`);
      writeAttribute(out, 1, 'k8s.pod.name', `${name}-7d9c5b6f4-x2x${service}`);
      writeAttribute(out, 1, 'deployment.environment.name', 'production');
      writeAttribute(out, 1, 'service.version', `1.${service}.4`);
      writeAttribute(out, 1, 'service.name', name);
    });
  });
}

function writeSpan(
  out: BackwardWriter,
  { rng, service, offsetsFromEnd }: Resource,
  trace: Trace,
  isServer: boolean,
): void {
  const depth = service * SPANS_OF_SERVICE + (isServer ? 0 : 1);
  const startEpochNs = trace.startEpochNs + BigInt(depth) * 150_000n;
  const durationNs = BigInt(trace.durationNs - depth * 320_000);
  const { isFailed } = trace;
  if (isFailed) out.message(15, () => out.varint(3, STATUS_ERROR));
  if (isFailed) writeException(out, startEpochNs + durationNs);
  const callee = SERVICES[service + 1];
  if (isServer) writeServerAttributes(out, rng, trace, service);
  else if (callee === undefined) writeDatabaseAttributes(out, rng);
  else writeClientAttributes(out, rng, trace, callee);
  out.fixed64(8, startEpochNs + durationNs);
  out.fixed64(7, startEpochNs);
  out.varint(6, isServer ? KIND_SERVER : KIND_CLIENT);
  out.text(5, isServer ? `POST ${routeOf(service)}` : callee ? 'POST' : 'SELECT stock.levels');
  const parent = trace.spanIds[depth - 1];
  if (parent) out.bytes(4, parent);
  out.bytes(2, trace.spanIds[depth] ?? trace.id.subarray(0, 8));
  out.bytes(1, trace.id);
  // Before the id lie its tag and its length.
  offsetsFromEnd.push(out.length - 2);
}

function routeOf(service: number): string {
  return `/api/${SERVICES[service]}/{id}`;
}

function writeServerAttributes(
  out: BackwardWriter,
  rng: Rng,
  { user, isFailed }: Trace,
  service: number,
): void {
  writeAttribute(out, 9, 'enduser.id', `user-${user}`);
  writeAttribute(out, 9, 'network.protocol.version', '1.1');
  writeAttribute(out, 9, 'user_agent.original', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0');
  writeAttribute(out, 9, 'client.address', `10.0.${user % 256}.${rng.nextUint32() % 256}`);
  writeAttribute(out, 9, 'http.response.status_code', isFailed ? 500 : 200);
  writeAttribute(out, 9, 'server.port', 8080);
  writeAttribute(out, 9, 'server.address', `${SERVICES[service]}.shop.svc`);
  writeAttribute(out, 9, 'http.route', routeOf(service));
  writeAttribute(out, 9, 'url.path', `/api/${SERVICES[service]}/${rng.nextUint32() % 1_000_000}`);
  writeAttribute(out, 9, 'url.scheme', 'http');
  writeAttribute(out, 9, 'http.request.method', 'POST');
}

function writeClientAttributes(
  out: BackwardWriter,
  rng: Rng,
  { isFailed }: Trace,
  callee: string,
): void {
  const path = `/api/${callee}/${rng.nextUint32() % 1_000_000}`;
  writeAttribute(out, 9, 'thread.id', rng.nextUint32() % 16);
  writeAttribute(out, 9, 'network.protocol.version', '1.1');
  writeAttribute(out, 9, 'network.peer.port', 8080);
  writeAttribute(out, 9, 'network.peer.address', `10.1.4.${rng.nextUint32() % 32}`);
  writeAttribute(out, 9, 'http.response.status_code', isFailed ? 500 : 200);
  writeAttribute(out, 9, 'url.full', `http://${callee}.shop.svc:8080${path}`);
  writeAttribute(out, 9, 'server.port', 8080);
  writeAttribute(out, 9, 'server.address', `${callee}.shop.svc`);
  writeAttribute(out, 9, 'http.request.method', 'POST');
}

function writeDatabaseAttributes(out: BackwardWriter, rng: Rng): void {
  const sku = rng.nextUint32() % 20_000;
  writeAttribute(out, 9, 'thread.id', rng.nextUint32() % 16);
  writeAttribute(out, 9, 'db.response.returned_rows', rng.nextUint32() % 20);
  writeAttribute(out, 9, 'db.query.text', `SELECT sku, level FROM levels WHERE sku = ${sku}`);
  writeAttribute(out, 9, 'db.operation.name', 'SELECT');
  writeAttribute(out, 9, 'db.collection.name', 'levels');
  writeAttribute(out, 9, 'db.namespace', 'stock');
  writeAttribute(out, 9, 'network.peer.address', '10.2.0.7');
  writeAttribute(out, 9, 'server.port', 5432);
  writeAttribute(out, 9, 'server.address', 'db.shop.svc');
  writeAttribute(out, 9, 'db.system.name', 'postgresql');
}

function writeException(out: BackwardWriter, epochNs: bigint): void {
  out.message(11, () => {
    writeAttribute(out, 3, 'exception.stacktrace', STACK);
    writeAttribute(out, 3, 'exception.message', 'the stock does not answer within 2000 ms');
    writeAttribute(out, 3, 'exception.type', 'TimeoutError');
    out.text(2, 'exception');
    out.fixed64(1, epochNs);
  });
}

function writeAttribute(
  out: BackwardWriter,
  field: number,
  key: string,
  value: string | number,
): void {
  out.message(field, () => {
    out.message(2, () => {
      if (typeof value === 'string') out.text(1, value);
      else out.varint(3, value);
    });
    out.text(1, key);
  });
}

function randomBytes(rng: Rng, count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count);
  for (let at = 0; at < count; at += 4) bytes.writeUInt32LE(rng.nextUint32(), at);
  return bytes;
}
