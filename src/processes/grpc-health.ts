import { connect, type ClientHttp2Session } from 'node:http2';
import type { Ms } from '../core/index.ts';

/** What is asked: the health of a server, or of one service of it. */
export interface HealthQuestion {
  readonly host: string;
  readonly port: number;
  /** '' for the server as a whole. */
  readonly service: string;
  readonly withinMs: Ms;
}

/** `HealthCheckResponse.ServingStatus`, by number. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
const SERVING = 1;

const METHOD = 'grpc.health.v1.Health/Check';
/** The gRPC statuses that a server gives which knows no such service, or has no health service. */
const NOT_FOUND = '5';
const UNIMPLEMENTED = '12';
/** Before a message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;

/**
 * Asks a gRPC server once whether it serves, over HTTP/2 without TLS. Returns '' where it does,
 * else what it answered or why it did not.
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function grpcHealth(question: HealthQuestion): Promise<string> {
  return new Promise((resolve) => {
    const session = connect(`http://${question.host}:${question.port}`);
    const end = (obstacle: string): void => {
      session.destroy();
      resolve(obstacle);
    };
    session.on('error', (error: NodeJS.ErrnoException) => {
      end(`${METHOD} fails: ${error.code ?? error.message}`);
    });
    // A peer that speaks no HTTP/2 closes without an error.
    session.on('close', () => end(`${METHOD} fails: the connection was closed`));
    session.setTimeout(question.withinMs, () => end(`${METHOD} has no answer within 1 s`));
    ask(session, question, end);
  });
}

function ask(
  session: ClientHttp2Session,
  { service }: HealthQuestion,
  end: (obstacle: string) => void,
): void {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/${METHOD}`,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const chunks: Buffer[] = [];
  let httpStatus = '';
  let grpcStatus: string | undefined;
  stream.on('response', (headers) => {
    httpStatus = String(headers[':status'] ?? '');
    grpcStatus = textOf(headers['grpc-status']);
  });
  stream.on('trailers', (trailers) => {
    grpcStatus = textOf(trailers['grpc-status']) ?? grpcStatus;
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The session has its own error, which says why.
    if (error.code === 'ERR_HTTP2_STREAM_CANCEL') return;
    end(`${METHOD} fails: ${error.code ?? error.message}`);
  });
  stream.on('end', () => {
    if (grpcStatus === undefined) end(`${METHOD} answers HTTP ${httpStatus} without a grpc-status`);
    else if (grpcStatus !== '0') end(`${METHOD} answers ${statusText(grpcStatus, service)}`);
    else end(servingObstacle(Buffer.concat(chunks)));
  });
  stream.end(requestOf(service));
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function statusText(status: string, service: string): string {
  if (status === UNIMPLEMENTED) return `grpc-status ${status}: it has no health service`;
  if (status === NOT_FOUND) return `grpc-status ${status}: it knows no service ${service}`;
  return `grpc-status ${status}`;
}

/** `HealthCheckRequest { string service = 1 }`. */
function requestOf(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([fieldOf(name.length), name]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** The key of field 1, with its length as a varint. */
function fieldOf(length: number): Buffer {
  const bytes = [0x0a];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** `HealthCheckResponse { ServingStatus status = 1 }`; left out it is 0. */
function servingObstacle(body: Buffer): string {
  const message = body.subarray(PREFIX_BYTES);
  const status = message[0] === 0x08 ? (message[1] ?? 0) : 0;
  return status === SERVING ? '' : `${METHOD} answers ${STATUSES[status] ?? `status ${status}`}`;
}
