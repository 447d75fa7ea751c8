import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { errorText, HarnessError, invariant } from '../../core/index.ts';
import { RunMetrics, type MetricsUpdate, type RunMetricsOptions } from './run-metrics.ts';

export interface MetricsServerOptions extends RunMetricsOptions {
  /** Loopback unless said otherwise: `127.0.0.1`. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
}

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
  const { host = '127.0.0.1', port } = options;
  const metrics = new RunMetrics(options);
  const server = createServer((request, response) => void answer(metrics, request, response));
  await listen(server, host, port);
  const address = server.address();
  invariant(address !== null && typeof address === 'object', 'a listening server has an address');
  return {
    url: `http://${hostInUrl(address)}:${address.port}/metrics`,
    update: (update) => metrics.update(update),
    close: () => close(server),
  };
}

async function answer(
  metrics: RunMetrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
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

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new HarnessError(
          'LISTEN_FAILED',
          `cannot serve metrics on ${host}:${port}: ${errorText(cause)} (--metrics)`,
          { hint: 'Give --metrics a free port, or port 0 for any.', cause },
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}

function hostInUrl({ address, family }: AddressInfo): string {
  return family === 'IPv6' ? `[${address}]` : address;
}
