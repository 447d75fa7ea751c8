import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { NodeStreams } from './node-streams.ts';
import { PlainRequestWriter } from './plain-request-writer.ts';
import type { RequestWriter } from './request-writer.ts';
import { TlsRequestWriter } from './tls-request-writer.ts';

/**
 * Returns what writes to a socket that is connected, past its stream where that is possible: the
 * kernel mostly takes a request at once, and then nothing is left for a stream to do (ADR 49).
 * `streams`: without it all goes through the stream.
 */
export function requestWriterFor(socket: Socket, streams: NodeStreams | undefined): RequestWriter {
  const handle = streams?.handleOf(socket);
  return streams !== undefined && handle !== undefined && socket instanceof TLSSocket
    ? new TlsRequestWriter(socket, streams, handle)
    : new PlainRequestWriter(socket, streams, handle);
}
