import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  errorText,
  HarnessError,
  NS_PER_SEC,
  systemClock,
  type Clock,
  type Ns,
  type Span,
} from '../core/index.ts';
import { ExportHandler } from './export-handler.ts';
import { newCounters, type ReceiverCounters } from './receiver-counters.ts';
import { DEFAULT_LIMITS, type ReceiverLimits } from './receiver-limits.ts';

export interface OtlpHttpReceiverOptions extends Partial<ReceiverLimits> {
  /**
   * Takes the spans of one request. The client is told that they are safe when, and only when, the
   * promise resolves; where it rejects, the client is asked to send them again.
   */
  readonly accept: (spans: readonly Span[]) => Promise<void>;
  /** Address to listen on; loopback where not given. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** How long `close` lets requests under way take to their end; 5 s where not given. */
  readonly closeWithinNs?: Ns;
  readonly clock?: Clock;
}

/** A listening receiver of traces. */
export interface OtlpHttpReceiver {
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

const DEFAULT_CLOSE_WITHIN_NS = 5 * NS_PER_SEC;
const MAX_CONNECTIONS = 1_024;
/** A whole request must have come by then, however slowly it is sent. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than exporters keep a connection: none is closed here while a request is on its way. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/**
 * Returns a receiver of OTLP traces over HTTP (POST /v1/traces; protobuf and JSON; gzip) once it
 * listens. docs/reference/otlp-receiver.md lists what it accepts and answers.
 *
 * @throws LISTEN_FAILED where the address is taken or not of this machine.
 */
export async function startOtlpHttpReceiver(
  options: OtlpHttpReceiverOptions,
): Promise<OtlpHttpReceiver> {
  const counters = newCounters();
  const handler = new ExportHandler(options.accept, { ...DEFAULT_LIMITS, ...options }, counters);
  const underWay: UnderWay = new Map();
  let closing: Promise<void> | undefined;

  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('drop', () => counters.droppedConnections++);
  server.on('request', (request, response) => {
    if (closing) response.setHeader('connection', 'close');
    const handled = handler.handle(request, response);
    underWay.set(response, handled);
    void handled.finally(() => underWay.delete(response));
  });

  const host = options.host ?? '127.0.0.1';
  const port = await listen(server, host, options.port ?? 0);
  const clock = options.clock ?? systemClock();
  const closeWithinNs = options.closeWithinNs ?? DEFAULT_CLOSE_WITHIN_NS;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    counters,
    close: () => (closing ??= closeServer(server, underWay, clock, closeWithinNs)),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const message = `the OTLP receiver cannot listen on ${host}:${port}: ${errorText(error)}`;
      const hint = 'Choose a free port, or stop the process that holds this one.';
      reject(new HarnessError('LISTEN_FAILED', message, { hint, cause: error }));
    });
    server.listen(port, host, () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function closeServer(
  server: Server,
  underWay: UnderWay,
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
  const finished = closed.then(() => Promise.allSettled(underWay.values()));
  await new Promise<void>((resolve) => {
    const timer = clock.after(withinNs, () => {
      server.closeAllConnections();
      resolve();
    });
    void finished.then(() => {
      timer.cancel();
      resolve();
    });
  });
}
