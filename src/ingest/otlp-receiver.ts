import type { Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import {
  boundConnections,
  listen,
  NS_PER_SEC,
  systemClock,
  type Clock,
  type Ns,
} from '../core/index.ts';
import { createServer } from '../core/node-http.ts';
import type { SpanBlock } from '../native/index.ts';
import type { GrpcExports } from './grpc-exports.ts';
import { ExportHandler } from './export-handler.ts';
import { ExportIntake } from './export-intake.ts';
import { Notices } from './notices.ts';
import { protocolRefusal } from './protocol-refusal.ts';
import { sharePort } from './shared-port.ts';
import { newCounters, type ReceiverCounters } from './receiver-counters.ts';
import { DEFAULT_LIMITS, type ReceiverLimits } from './receiver-limits.ts';
import { decodingThread, type TraceDecoder } from './trace-decoder.ts';

export interface OtlpReceiverOptions extends Partial<ReceiverLimits> {
  /**
   * Takes the spans of one request. The client hears that they are safe when, and only when, the
   * promise resolves; where it rejects, the client is asked to send them again.
   */
  readonly accept: (block: SpanBlock) => Promise<void>;
  /** Identities of spans that are stored already, though their clients may send them again. */
  readonly stored?: readonly Uint32Array[];
  /** Hears in one line of the first request of each kind that was not taken, or not wholly. */
  readonly onNotice?: (text: string) => void;
  /** How long `accept` may take until the client is asked to try again; 4 s where not given. */
  readonly storeWithinNs?: Ns;
  /** Address to listen on; loopback where not given. */
  readonly host?: string;
  /** Names under which it may be called beside those of loopback and `host`. */
  readonly allowedHosts?: readonly string[];
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** A second port, of which all holds that holds of the first. */
  readonly alsoPort?: number | undefined;
  /** How long `close` lets requests under way take to their end; 5 s where not given. */
  readonly closeWithinNs?: Ns;
  readonly clock?: Clock;
  /** Reads the bodies; a thread of its own where not given. It is closed with the receiver. */
  readonly decoder?: TraceDecoder;
}

/** A listening receiver of traces. */
export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:4318`, say, without a path. */
  readonly url: string;
  readonly port: number;
  /** Live: reads what it is now. */
  readonly counters: ReceiverCounters;
  /** Takes no more connections, answers what is under way, frees the port. Never rejects. */
  close(): Promise<void>;
}

/** Answers not yet given, each with the work on it. */
type UnderWay = Map<ServerResponse, Promise<void>>;

/** Answered within 5 s: exporters wait for 10 s, retries included. */
const DEFAULT_STORE_WITHIN_NS = 4 * NS_PER_SEC;
const DEFAULT_CLOSE_WITHIN_NS = 5 * NS_PER_SEC;
const MAX_CONNECTIONS = 1_024;
/** A whole request must have come by then, however slowly it is sent. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than exporters keep a connection: none is closed here while a request is on its way. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** The head alone must have come by then, also that of a connection's first request. */
const HEAD_TIMEOUT_MS = 10_000;
const CHECK_EVERY_MS = 1_000;

/**
 * Returns a receiver of OTLP traces once it listens: over HTTP (POST /v1/traces; protobuf and JSON;
 * compressed or not) and gRPC on one port. docs/reference/otlp-receiver.md lists what it accepts
 * and answers.
 *
 * @throws LISTEN_FAILED where the address is taken or not of this machine.
 */
export async function startOtlpReceiver(options: OtlpReceiverOptions): Promise<OtlpReceiver> {
  const counters = newCounters();
  const clock = options.clock ?? systemClock();
  const host = options.host ?? '127.0.0.1';
  const limits = { ...DEFAULT_LIMITS, ...options };
  const decoder = options.decoder ?? decodingThread(limits.maxItems, { clock });
  const intake = new ExportIntake({
    accept: options.accept,
    limits,
    decoder,
    counters,
    notices: new Notices((text) => options.onNotice?.(text)),
    clock,
    storeWithinNs: options.storeWithinNs ?? DEFAULT_STORE_WITHIN_NS,
    stored: options.stored ?? [],
  });
  const servedAt = { host, allowedHosts: options.allowedHosts ?? [] };
  const handler = new ExportHandler({ intake, limits, servedAt, counters });
  const underWay: UnderWay = new Map();
  let closing: Promise<void> | undefined;

  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: HEAD_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  });
  const onClosed = (): void => void counters.droppedConnections++;
  server.on('clientError', (error, socket) => {
    const refusal = protocolRefusal(error);
    if (refusal) intake.refuse(refusal);
    if (refusal === undefined || !socket.writable) socket.destroy();
    else socket.end(badRequest(refusal.message), () => socket.destroy());
  });
  server.on('request', (request, response) => {
    if (closing) response.setHeader('connection', 'close');
    const handled = handler.handle(request, response);
    underWay.set(response, handled);
    void handled.finally(() => underWay.delete(response));
  });

  let grpc: GrpcExports | undefined;
  sharePort(server, {
    headTimeoutMs: HEAD_TIMEOUT_MS,
    onHttp2: (socket) => {
      socket.pause();
      void import('./grpc-exports.ts').then(({ grpcExports }) => {
        grpc ??= grpcExports({ intake, counters, maxMessageBytes: limits.maxGrpcBytes });
        if (closing) socket.destroy();
        else grpc.take(socket);
      });
    },
  });
  boundConnections(server, { max: MAX_CONNECTIONS, clock, onClosed });
  const listening = {
    who: 'the OTLP receiver',
    hint: 'Choose a free port, or stop the process that holds this one.',
    host,
    onNotAccepted: onClosed,
  };
  const { port } = await listen(server, { ...listening, port: options.port ?? 0 });
  const also = createTcpServer((socket) => server.emit('connection', socket));
  if (options.alsoPort !== undefined) {
    try {
      await listen(also, { ...listening, port: options.alsoPort });
    } catch (error) {
      server.close();
      throw error;
    }
  }
  const closeWithinNs = options.closeWithinNs ?? DEFAULT_CLOSE_WITHIN_NS;
  const close = async (): Promise<void> => {
    also.close();
    await closeServer(server, { underWay, grpc }, clock, closeWithinNs);
    await decoder.close();
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    counters,
    close: () => (closing ??= close()),
  };
}

/** Written by hand: there is no request that Node could answer. */
function badRequest(text: string): string {
  return `HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n${text}\n`;
}

async function closeServer(
  server: Server,
  { underWay, grpc }: { readonly underWay: UnderWay; readonly grpc: GrpcExports | undefined },
  clock: Clock,
  withinNs: Ns,
): Promise<void> {
  for (const response of underWay.keys()) {
    if (!response.headersSent) response.setHeader('connection', 'close');
  }
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // A client may hang up before its spans are stored: both its connection and its spans count.
  const grpcClosed = grpc?.close();
  const finished = closed.then(() => grpcClosed).then(() => Promise.allSettled(underWay.values()));
  await new Promise<void>((resolve) => {
    const timer = clock.after(withinNs, () => {
      server.closeAllConnections();
      grpc?.destroy();
      resolve();
    });
    void finished.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
