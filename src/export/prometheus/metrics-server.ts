import type { IncomingMessage, Server, ServerResponse } from 'node:http';

import {
  boundConnections,
  errorText,
  listen,
  type Clock,
  type ServedAt,
  webRefusal,
} from '../../core/index.ts';
import { createServer } from '../../core/node-http.ts';
import { RunMetrics, type MetricsUpdate, type RunMetricsOptions } from './run-metrics.ts';

export interface MetricsServerOptions extends RunMetricsOptions {
  /** Loopback unless said otherwise: `127.0.0.1`. */
  readonly host?: string;
  /** Names under which it may be called beside those of loopback and `host`. */
  readonly allowedHosts?: readonly string[];
  /** 0 takes a free one. */
  readonly port: number;
  readonly clock: Clock;
}

/** Prometheus keeps one. */
const CONNECTIONS_MAX = 64;
/** A whole request must have come by then. */
const REQUEST_TIMEOUT_MS = 10_000;

export interface MetricsServer {
  /** Where Prometheus finds the metrics, `http://127.0.0.1:9464/metrics` say. */
  readonly url: string;
  /** Takes in what happened since the update before; once a second is meant. */
  update(update: MetricsUpdate): void;
  /** Stops listening and ends open connections. */
  close(): Promise<void>;
}

/**
 * Returns the server of one run's metrics, listening.
 * @throws LISTEN_FAILED when the address cannot be had.
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { host = '127.0.0.1', port, allowedHosts = [], clock } = options;
  const metrics = new RunMetrics(options);
  const server = createServer({
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: 1_000,
  });
  // Nobody counts who is closed: Prometheus does, as a scrape that failed.
  boundConnections(server, { max: CONNECTIONS_MAX, clock, onClosed: () => {} });
  const servedAt = { host, allowedHosts };
  server.on('request', (request, response) => void answer(metrics, servedAt, request, response));
  const address = await listen(server, {
    who: 'the metrics endpoint (--metrics)',
    hint: 'Give --metrics a free port, or port 0 for any.',
    host,
    port,
  });
  return {
    url: `http://${hostInUrl(address.host)}:${address.port}/metrics`,
    update: (update) => metrics.update(update),
    close: () => close(server),
  };
}

async function answer(
  metrics: RunMetrics,
  servedAt: ServedAt,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refusal = webRefusal(request, servedAt);
  if (refusal !== undefined) return reply(response, 403, `${refusal}.\n`);
  const path = request.url?.split('?', 1)[0];
  if (path !== '/metrics') return reply(response, 404, 'The metrics are at /metrics.\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return reply(response, 405, 'Only GET and HEAD are answered.\n');
  }
  try {
    reply(response, 200, await metrics.text(), metrics.registry.contentType);
  } catch (error) {
    reply(response, 500, `${errorText(error)}\n`);
  }
}

function reply(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
