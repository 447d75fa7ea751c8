import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  boundConnections,
  listen,
  NS_PER_MS,
  type ServedAt,
  systemClock,
  webRefusal,
} from '../../core/index.ts';
import { createServer, STATUS_CODES } from '../../core/node-http.ts';
import { formatEndpoint, type Endpoint } from '../endpoint.ts';
import type { ProxyControl } from '../proxy-control.ts';
import { type AdminAnswer, errorAnswer } from './admin-answer.ts';
import { ApiError } from './api-error.ts';
import type { Touches } from '../../toxics/index.ts';
import { AdminApi, requestId } from './admin-api.ts';
import { ListenGuard } from './listen-guard.ts';
import { ToldTouches } from './told-touches.ts';

/** The admin API, listening. */
export interface ProxyAdmin {
  /** `http://127.0.0.1:8474`, say. */
  readonly url: string;
  /** Connections closed because too many were open, or lost for want of descriptors. */
  readonly droppedConnections: number;
  /** Stops listening and ends open connections; the proxies stay. May be called again. */
  close(): Promise<void>;
}

/** At once; one client keeps one or a few. */
const CONNECTIONS_MAX = 128;
const HEADER_BYTES_MAX = 16 * 1024;
/** A whole request must have come by then, however slowly it is sent. */
const REQUEST_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_TIMEOUT_MS = 60_000;
/**
 * So long a client that is refused may go on sending, to nobody: a connection that is closed with
 * bytes unread is reset, and the client's own system drops the answer then.
 */
const DISCARD_NS = 500 * NS_PER_MS;
/** How often connections are looked over for those two bounds. */
const CHECK_EVERY_MS = 1_000;

/**
 * Serves Toxiproxy's admin API over the proxies and resolves when it listens.
 * docs/reference/proxy.md lists its routes, its bounds and where it differs.
 * @throws LISTEN_FAILED when the address cannot be had.
 */
export async function startProxyAdmin(options: {
  readonly control: ProxyControl;
  /** Port 0 takes a free one. Whoever reaches it can redirect what passes the proxies. */
  readonly listen: Endpoint;
  /** Names under which the API may be called beside those of loopback and of `listen`. */
  readonly allowedHosts?: readonly string[];
  /** Whether a request may have a proxy listen where other machines reach it. */
  readonly allowRemoteListen?: boolean;
  /** Returns what toxics touched since the last time, where anyone may ask for that. */
  readonly takeTouches?: () => Promise<Touches>;
  /** Requests are answered once it settles: when the initial proxies are up, say. */
  readonly after?: Promise<unknown>;
}): Promise<ProxyAdmin> {
  let dropped = 0;
  const { allowRemoteListen = false, allowedHosts = [], after = Promise.resolve() } = options;
  const control = allowRemoteListen ? options.control : new ListenGuard(options.control);
  const { takeTouches } = options;
  const touches = takeTouches && new ToldTouches(takeTouches, requestId());
  const api = new AdminApi(control, {
    after,
    droppedConnections: () => dropped,
    ...(touches && { touches }),
  });
  let closing: Promise<void> | undefined;
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    // Looked at in `handle`, which says why it refuses.
    requireHostHeader: false,
  });
  // A client that sends its request and then its end (`nc`, say) is answered, as Go does.
  Object.assign(server, { httpAllowHalfOpen: true });
  const onClosed = (): void => void (dropped += 1);
  boundConnections(server, { max: CONNECTIONS_MAX, clock: systemClock(), onClosed });
  server.on('clientError', refuseMalformed);
  server.on('connect', (_request, socket) => refuseConnect(socket as Socket));
  server.on('checkExpectation', (_request, response) => {
    refuse(response, new ApiError('bad request: nothing but 100-continue can be expected', 417));
  });
  const servedAt = { host: options.listen.host, allowedHosts };
  server.on('request', (request, response) => void handle(api, servedAt, request, response));
  const address = await listen(server, {
    ...options.listen,
    who: 'the admin API of the proxies',
    hint: 'Choose a free port, or stop the process that holds this one: a Toxiproxy, say.',
    onNotAccepted: onClosed,
  });
  return {
    url: `http://${formatEndpoint(address)}`,
    get droppedConnections() {
      return dropped;
    },
    close: () => (closing ??= close(server)),
  };
}

async function handle(
  api: AdminApi,
  servedAt: ServedAt,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fault = headFault(request);
  if (fault !== undefined) {
    return refuse(response, new ApiError(`bad request: ${fault}`, 400));
  }
  const refusal = webRefusal(request, servedAt);
  if (refusal !== undefined) return refuse(response, new ApiError(refusal, 403));
  const body = await readRequestBody(request);
  if (body instanceof ApiError) return refuse(response, body);
  if (body === undefined) return undefined;
  const answer = await api.answer({
    method: request.method ?? '',
    target: request.url ?? '',
    userAgent: request.headers['user-agent'] ?? '',
    body,
  });
  return send(response, answer);
}

/** What the parser lets through and HTTP/1.1 does not. */
function headFault({ httpVersion, headers }: IncomingMessage): string | undefined {
  if (httpVersion === '1.0') return undefined;
  if (httpVersion !== '1.1') return `HTTP/1.1 is spoken here, not HTTP/${httpVersion}`;
  return headers.host === undefined ? 'the header Host is missing' : undefined;
}

/** Answers before the whole body has arrived; the rest of it is discarded for a while. */
function refuse(response: ServerResponse, error: ApiError): void {
  response.setHeader('connection', 'close');
  const { req: request } = response;
  const answer = errorAnswer(error);
  const end = (): void => void response.end();
  if (request.complete || request.method === 'HEAD') return send(response, answer);
  writeHead(response, answer);
  response.write(answer.body);
  const bound = systemClock().after(DISCARD_NS, end);
  response.once('close', () => bound.cancel());
  request.removeAllListeners('data').once('end', end).resume();
}

function send(response: ServerResponse, answer: AdminAnswer): void {
  writeHead(response, answer);
  response.end(response.req.method === 'HEAD' ? undefined : answer.body);
}

function writeHead(response: ServerResponse, { status, headers, body }: AdminAnswer): void {
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length });
}

/** Answers what is no HTTP request, or none within the bounds, and closes the connection. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  const [status, text] = MALFORMED.get(error.code ?? '') ?? [400, 'no HTTP request'];
  const tooLate = error.code === 'ECONNRESET' || !socket.writable;
  if (tooLate) return void socket.destroy();
  return closeWith(socket, errorAnswer(new ApiError(`bad request: ${text}`, status)));
}

function refuseConnect(socket: Socket): void {
  closeWith(socket, { status: 405, headers: {}, body: '' });
}

const MALFORMED: ReadonlyMap<string, readonly [status: number, text: string]> = new Map([
  ['HPE_HEADER_OVERFLOW', [431, `the head is over ${HEADER_BYTES_MAX} bytes`]],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', [413, 'the chunk extensions of the body are too long']],
  ['ERR_HTTP_REQUEST_TIMEOUT', [408, `it did not come whole within ${REQUEST_TIMEOUT_MS} ms`]],
]);

function closeWith(socket: Socket, { status, headers, body }: AdminAnswer): void {
  const head = Object.entries({
    ...headers,
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () =>
    socket.destroySoon(),
  );
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Thousands of proxies in one request. */
export const BODY_BYTES_MAX = 1024 * 1024;

/**
 * Resolves with the body of a request; with a refusal where it is too long, which is known before
 * it has come where its length was announced; with undefined where the client left before its end.
 */
export function readRequestBody(request: IncomingMessage): Promise<Buffer | ApiError | undefined> {
  const tooLong = new ApiError(`bad request body: it is over ${BODY_BYTES_MAX} bytes`, 413);
  if (Number(request.headers['content-length']) > BODY_BYTES_MAX) return Promise.resolve(tooLong);
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    request.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes > BODY_BYTES_MAX) {
        request.pause();
        pieces.length = 0;
        resolve(tooLong);
        return;
      }
      pieces.push(piece);
    });
    request.on('end', () => resolve(Buffer.concat(pieces, bytes)));
    request.on('error', () => resolve(undefined));
    request.on('close', () => resolve(undefined));
  });
}
