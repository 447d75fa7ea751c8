import { Refusal } from './refusal.ts';

/** What Node's HTTP parser says of bytes that it cannot read. */
interface ParserError extends Error {
  readonly code?: string | undefined;
  readonly rawPacket?: Buffer | undefined;
}

const HTTP2_PREFACE = 'PRI * HTTP/2.0';
const TLS_HANDSHAKE = 0x16;

/**
 * Returns why a connection cannot be served that does not speak HTTP/1.1; undefined where it broke
 * off only.
 */
export function protocolRefusal(error: ParserError): Refusal | undefined {
  const { code, rawPacket } = error;
  if (code === 'ECONNRESET' || code === 'EPIPE') return undefined;
  if (rawPacket?.[0] === TLS_HANDSHAKE) {
    return new Refusal('protocol', 'this port speaks no TLS; use http:// in the endpoint', error);
  }
  if (rawPacket?.toString('latin1', 0, HTTP2_PREFACE.length) === HTTP2_PREFACE) {
    const message = 'this port speaks no gRPC; set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf';
    return new Refusal('protocol', message, error);
  }
  const what =
    code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'no whole request came in time' : error.message;
  return new Refusal('protocol', `this is no request of HTTP/1.1: ${what}`, error);
}
