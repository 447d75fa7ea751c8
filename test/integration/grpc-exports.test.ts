import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectTcp, type AddressInfo } from 'node:net';
import {
  Client,
  compressionAlgorithms,
  credentials,
  Metadata,
  status,
  type ServiceError,
} from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Span } from '../../src/core/index.ts';
import {
  acceptSpansOf,
  startOtlpReceiver,
  type OtlpReceiver,
  type OtlpReceiverOptions,
} from '../../src/ingest/index.ts';
import { sharePort } from '../../src/ingest/shared-port.ts';
import { jsonBody, parseAnswer, protobufBody } from '../ingest/otlp-messages.ts';
import { JSON_TYPE, span, traces } from '../ingest/receiver-request.ts';

const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

function timed(number: number): object {
  const epochNs = String(BigInt(Date.now()) * 1_000_000n);
  return { ...span(number), startTimeUnixNano: epochNs, endTimeUnixNano: epochNs };
}

async function started(
  options: Partial<OtlpReceiverOptions> = {},
): Promise<{ receiver: OtlpReceiver; stored: Span[]; client: Client }> {
  const stored: Span[] = [];
  const receiver = await startOtlpReceiver({
    accept: (block) => acceptSpansOf(block, async (spans) => void stored.push(...spans)),
    ...options,
  });
  const client = new Client(`127.0.0.1:${receiver.port}`, credentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await receiver.close();
  });
  return { receiver, stored, client };
}

/** Resolves with the answer's bytes, or rejects with the status. */
function called(
  client: Client,
  message: Buffer,
  path = TRACES,
  options: object = {},
): Promise<Buffer> {
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, message, new Metadata(), options, (error, answer) => {
      if (error || !answer) reject(error ?? new Error('no answer'));
      else resolve(answer);
    });
  });
}

const failed = (call: Promise<Buffer>): Promise<ServiceError> =>
  call.then(
    () => Promise.reject(new Error('it was taken')),
    (error: ServiceError) => error,
  );

describe('exports over gRPC', () => {
  it('come to the port of HTTP, at the same time, and are stored alike', async () => {
    const { receiver, stored, client } = await started();
    const [one] = await Promise.all([
      called(client, protobufBody(traces(timed(1), timed(2)))),
      fetch(`${receiver.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': JSON_TYPE },
        body: jsonBody(traces(timed(3))),
      }),
    ]);
    expect(one).toHaveLength(0);
    const names = stored.map(({ name }) => name).toSorted();
    expect(names).toEqual(['span 1', 'span 2', 'span 3']);
    expect(receiver.counters).toMatchObject({ requests: 2, spans: 3, refusals: {} });
  });

  it('are told what was rejected of them', async () => {
    const { stored, client } = await started();
    const bad = { ...timed(2), traceId: 'abcd' };
    const answer = await called(client, protobufBody(traces(timed(1), bad)));
    expect(parseAnswer('Response', answer)).toEqual({
      partialSuccess: {
        rejectedSpans: 1,
        errorMessage: "span 'span 2': trace id 'abcd' is not 16 bytes, not all 0",
      },
    });
    expect(stored).toHaveLength(1);
  });

  it('are to be sent again where they could not be stored, and when is said', async () => {
    const { receiver, client } = await started({
      accept: () => Promise.reject(new Error('the disk is full')),
    });
    const error = await failed(called(client, protobufBody(traces(timed(1)))));
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(error.details).toBe('the spans cannot be stored now: the disk is full');
    const [details] = error.metadata.get('grpc-status-details-bin');
    // google.rpc.RetryInfo{retry_delay{seconds: 2}}, as the value of an Any.
    expect((details as Buffer).subarray(-6)).toEqual(Buffer.of(0x12, 4, 0x0a, 2, 0x08, 2));
    expect((details as Buffer).toString('latin1')).toContain('google.rpc.RetryInfo');
    expect(receiver.counters.refusals).toEqual({ store: 1 });
  });

  it('are refused for good where they are no traces', async () => {
    const { receiver, client } = await started();
    const broken = await failed(called(client, Buffer.of(0x0a, 0x7f)));
    expect(broken.code).toBe(status.INVALID_ARGUMENT);
    const metrics = await failed(called(client, Buffer.alloc(0), METRICS));
    expect(metrics.code).toBe(status.UNIMPLEMENTED);
    expect(metrics.details).toContain('OTEL_METRICS_EXPORTER=none');
    expect(receiver.counters.refusals).toEqual({ message: 1, metrics: 1 });
    await called(client, protobufBody(traces(timed(1))));
  });

  it('are refused past the bound of a message, also where they were compressed', async () => {
    const { receiver, client } = await started({ maxGrpcBytes: 1_000 });
    const long = protobufBody(traces({ ...timed(1), traceState: 'x'.repeat(2_000) }));
    expect((await failed(called(client, long))).code).toBe(status.RESOURCE_EXHAUSTED);
    const compressing = new Client(`127.0.0.1:${receiver.port}`, credentials.createInsecure(), {
      'grpc.default_compression_algorithm': compressionAlgorithms.gzip,
    });
    onTestFinished(() => compressing.close());
    expect((await failed(called(compressing, long))).code).toBe(status.RESOURCE_EXHAUSTED);
    await called(compressing, protobufBody(traces(timed(1))));
    expect(receiver.counters.spans).toBe(1);
  });

  it.each(['zstd', 'snappy', 'lz4'])(
    'are refused for good in %s, by name, and the next one is taken',
    async (encoding) => {
      const { receiver, client } = await started();
      const session = connectHttp2(receiver.url);
      onTestFinished(() => session.destroy());
      const stream = session.request({
        ':method': 'POST',
        ':path': TRACES,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-encoding': encoding,
      });
      // One compressed message of 4 bytes.
      stream.end(Buffer.of(1, 0, 0, 0, 4, 1, 2, 3, 4));
      const [headers] = (await once(stream, 'response')) as [Record<string, string>];
      expect(headers['grpc-status']).toBe(String(status.UNIMPLEMENTED));
      expect(decodeURI(headers['grpc-message'] ?? '')).toContain(`encoding "${encoding}"`);
      await called(client, protobufBody(traces(timed(1))));
      expect(receiver.counters.spans).toBe(1);
    },
  );

  it('under way are answered as the receiver closes', async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { receiver, client } = await started({
      accept: async () => {
        begun.resolve();
        await release.promise;
      },
    });
    const answer = called(client, protobufBody(traces(timed(1))));
    await begun.promise;
    const closed = receiver.close();
    release.resolve();
    expect(await answer).toHaveLength(0);
    await closed;
    expect(receiver.counters.spans).toBe(1);
  });
});

describe('the port', () => {
  it('takes heads that come byte by byte', async () => {
    const { receiver, stored } = await started();
    const body = jsonBody(traces(timed(1)));
    const socket = connectTcp(receiver.port, '127.0.0.1');
    const answered = new Promise<string>((resolve) => {
      socket.once('data', (answer: Buffer) => resolve(answer.toString('latin1')));
    });
    const head = `POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    for (const byte of head.slice(0, 8)) {
      socket.write(byte);
      await new Promise((resolve) => void setTimeout(resolve, 5));
    }
    socket.write(head.slice(8));
    socket.write(body);
    expect(await answered).toMatch(/^HTTP\/1.1 200 /u);
    expect(stored).toHaveLength(1);
    socket.destroy();
  });

  it('closes what never sends a head', async () => {
    const server = createServer();
    sharePort(server, { headTimeoutMs: 20, onHttp2: (socket) => socket.destroy() });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const socket = connectTcp((server.address() as AddressInfo).port, '127.0.0.1');
    socket.resume();
    await once(socket, 'close');
  });

  it('answers HTTP/2 that is no gRPC with a status', async () => {
    const { receiver } = await started();
    const session: ClientHttp2Session = connectHttp2(receiver.url);
    onTestFinished(() => session.destroy());
    const request = session.request({ ':method': 'GET', ':path': '/' });
    const code = await new Promise((resolve) => {
      request.on('response', (headers) => resolve(headers[':status']));
    });
    expect(code).toBe(415);
  });
});
