import { Refusal } from './refusal.ts';

/** What Node's HTTP parser says of bytes that it cannot read. */
interface ParserError extends Error {
  readonly code?: string | undefined;
  readonly rawPacket?: Buffer | undefined;
}

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
  const what =
    code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'no whole request came in time' : error.message;
  return new Refusal('protocol', `this is no request of HTTP/1.1: ${what}`, error);
}
