import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
} from '@opentelemetry/api';

/** What a route answers: a status and a body that is sent as JSON. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Answers one request. What it throws becomes a 500. */
export type Handler = (body: unknown) => Promise<Reply>;

/** Handlers by method and path: `POST /api/orders`. */
export type Routes = Readonly<Record<string, Handler>>;

const BODY_BYTES_MAX = 64 * 1024;
/** Longer than any caller keeps an idle connection, so that none is closed under a new request. */
const KEEP_ALIVE_MS = 65_000;

const tracer = trace.getTracer('shop-http-server');

/**
 * Serves the routes over HTTP, each request in a SERVER span that continues the caller's trace.
 * `GET /healthz` answers 200 without a span.
 */
export function httpService(routes: Routes): Server {
  return createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void serve(routes, request, response);
  });
}

async function serve(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request);
  if (path === '/healthz') return send(response, { status: 200, body: { status: 'ok' } });
  const route = `${request.method} ${path}`;
  const handler = Object.hasOwn(routes, route) ? routes[route] : undefined;
  const caller = propagation.extract(ROOT_CONTEXT, request.headers);
  const name = handler ? route : (request.method ?? 'GET');
  const attributes = requestAttributes(request, path, handler !== undefined);
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, caller);
  const reply = await context.with(trace.setSpan(caller, span), () => answer(handler, request));
  // A caller that gave up has closed already: its call is the one that somebody will look for.
  if (response.closed) endSpan(span, reply.status);
  else response.once('close', () => endSpan(span, reply.status));
  return send(response, reply);
}

/** Returns the handler's reply, or the one that says what was wrong with the request or with us. */
async function answer(handler: Handler | undefined, request: IncomingMessage): Promise<Reply> {
  if (!handler) {
    request.resume();
    return problem(404, 'no such route');
  }
  try {
    const body = await readBody(request);
    if (body === undefined) return problem(413, `body over ${BODY_BYTES_MAX} bytes`);
    return await handler(body === '' ? undefined : JSON.parse(body));
  } catch (error) {
    if (error instanceof SyntaxError) return problem(400, 'body is not JSON');
    trace.getActiveSpan()?.recordException(error instanceof Error ? error : String(error));
    return problem(500, 'internal error');
  }
}

/** Returns the reply that says what is wrong. */
export function problem(status: number, message: string): Reply {
  return { status, body: { error: message } };
}

/** Resolves with the body as text; undefined where it is too long. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_BYTES_MAX) chunks.push(chunk);
    });
    request.once('end', () => {
      resolve(length <= BODY_BYTES_MAX ? Buffer.concat(chunks).toString('utf8') : undefined);
    });
    request.once('error', reject);
  });
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** The attributes of the semantic conventions for an HTTP server. */
function requestAttributes(
  request: IncomingMessage,
  path: string,
  isRoute: boolean,
): Record<string, string | number> {
  const [address = 'localhost'] = (request.headers.host ?? '').split(':');
  return {
    'http.request.method': request.method ?? 'GET',
    'url.scheme': 'http',
    'url.path': path,
    ...(isRoute ? { 'http.route': path } : {}),
    'server.address': address,
    'server.port': request.socket.localPort ?? 0,
    'client.address': request.socket.remoteAddress ?? '',
    'network.protocol.version': request.httpVersion,
  };
}

function endSpan(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 500) {
    span.setAttribute('error.type', String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const queryAt = url.indexOf('?');
  return queryAt < 0 ? url : url.slice(0, queryAt);
}
