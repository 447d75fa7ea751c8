import { Agent, request } from 'node:http';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** How a call ended: with a status, or without any answer for the reason named. */
export type CallResult =
  | { readonly status: number; readonly failure?: undefined }
  | { readonly status?: undefined; readonly failure: string };

const TIMEOUT_MS = 2_000;

/** Enough sockets that no call waits for another's; idle ones are kept for the next call. */
const agent = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 512 });

const tracer = trace.getTracer('shop-http-client');

/**
 * Posts a body as JSON and resolves when the answer is read, failed or took over 2 s. The call is a
 * CLIENT span under the active one, whose context travels along in `traceparent`.
 */
export function postJson(baseUrl: string, path: string, body: unknown): Promise<CallResult> {
  const url = new URL(path, baseUrl);
  const span = tracer.startSpan(`POST ${path}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': 'POST',
      'url.full': url.href,
      'server.address': url.hostname,
      'server.port': Number(url.port || 80),
      'network.protocol.version': '1.1',
    },
  });
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  propagation.inject(trace.setSpan(context.active(), span), headers);
  return send(url, headers, JSON.stringify(body)).then((result) => {
    if (result.status !== undefined) span.setAttribute('http.response.status_code', result.status);
    const error = result.failure ?? (result.status >= 400 ? String(result.status) : undefined);
    if (error !== undefined) {
      span.setAttribute('error.type', error);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end();
    return result;
  });
}

function send(url: URL, headers: Record<string, string>, body: string): Promise<CallResult> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      resolve({ failure: 'timeout' });
      outgoing.destroy();
    }, TIMEOUT_MS);
    const finish = (result: CallResult): void => {
      clearTimeout(deadline);
      resolve(result);
    };
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.once('end', () => finish({ status: response.statusCode ?? 0 }));
      response.once('error', (error) => finish({ failure: failureOf(error) }));
    });
    outgoing.once('error', (error) => finish({ failure: failureOf(error) }));
    outgoing.end(body);
  });
}

function failureOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.name;
}
