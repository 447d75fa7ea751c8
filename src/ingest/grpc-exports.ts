import type { Socket } from 'node:net';
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';
import type { ExportIntake } from './export-intake.ts';
import { exportAnswer, refusalAnswer } from './otlp-answer.ts';
import type { CounterState } from './receiver-counters.ts';
import {
  OTHER_SIGNALS,
  otherSignal,
  Refusal,
  RETRY_AFTER_SEC,
  type OtherSignal,
} from './refusal.ts';

export interface GrpcExportsOptions {
  readonly intake: ExportIntake;
  readonly counters: CounterState;
  /** Largest message after decompression. */
  readonly maxMessageBytes: number;
}

/** Export requests over gRPC, on connections that somebody else accepted. */
export interface GrpcExports {
  take(socket: Socket): void;
  /** Takes no more requests, answers what is under way, and closes the connections. */
  close(): Promise<void>;
  /** Closes the connections at once. */
  destroy(): void;
}

/** Of one connection; exporters have 30 exports under way at the most. */
export const STREAMS_MAX = 32;
/** Longer than exporters keep a connection. */
const IDLE_MS = 65_000;
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
const UNARY = {
  requestStream: false,
  responseStream: false,
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
} as const;

type Call = ServerUnaryCall<Buffer, Buffer>;

/** Returns what answers export requests over gRPC: the traces service, and why not the others. */
export function grpcExports(options: GrpcExportsOptions): GrpcExports {
  const { intake, counters, maxMessageBytes } = options;
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_concurrent_streams': STREAMS_MAX,
    'grpc.max_connection_idle_ms': IDLE_MS,
  });
  const answered = async (call: Call, take: () => Promise<Buffer>): Promise<Buffer> => {
    try {
      return await take();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      intake.refuse(error, String(call.metadata.get('user-agent')[0] ?? ''));
      throw statusOf(error);
    } finally {
      counters.requests++;
    }
  };
  server.addService(serviceOf('trace', 'TraceService'), {
    Export: (call: Call, done: sendUnaryData<Buffer>) => {
      const taken = answered(call, async () => {
        const body = intake.bodyOf(call.request);
        return exportAnswer(PROTOBUF, await intake.take(PROTOBUF, body));
      });
      taken.then(
        (answer) => done(null, answer),
        (error: Error) => done(error),
      );
    },
  });
  for (const signal of Object.keys(OTHER_SIGNALS) as OtherSignal[]) {
    const { service } = OTHER_SIGNALS[signal];
    server.addService(serviceOf(signal, service), {
      Export: (call: Call, done: sendUnaryData<Buffer>) => {
        const refused = answered(call, () => Promise.reject(otherSignal(signal)));
        refused.catch((error: Error) => done(error));
      },
    });
  }
  const connections = server.createConnectionInjector(ServerCredentials.createInsecure());
  return {
    take: (socket) => connections.injectConnection(socket),
    close: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
      }),
    destroy: () => server.forceShutdown(),
  };
}

const PROTOBUF = 'application/x-protobuf';

function serviceOf(signal: string, name: string): ServiceDefinition {
  const path = `/opentelemetry.proto.collector.${signal}.v1.${name}/Export`;
  return { Export: { path, ...UNARY } };
}

/** Returns the error that grpc-js answers with the status of a refusal. */
function statusOf(refusal: Refusal): Error {
  const metadata = new Metadata();
  if (refusal.status === 503) {
    metadata.set(
      'grpc-status-details-bin',
      Buffer.concat([refusalAnswer(PROTOBUF, refusal), retryInfo()]),
    );
  }
  return Object.assign(new Error(refusal.message), {
    code: refusal.rpcCode,
    details: refusal.message,
    metadata,
  });
}

/** Returns the `details` of a google.rpc.Status that say when to try again. */
function retryInfo(): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32((3 << 3) | 2).fork(); // details
  writer.uint32((1 << 3) | 2).string(RETRY_INFO); // type_url
  writer.uint32((2 << 3) | 2).fork(); // value: RetryInfo
  writer.uint32((1 << 3) | 2).fork(); // retry_delay: Duration
  writer.uint32((1 << 3) | 0).int64(RETRY_AFTER_SEC); // seconds
  writer.ldelim().ldelim().ldelim();
  return writer.finish();
}
