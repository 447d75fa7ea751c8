import { createServer, type Socket } from 'node:net';
import { errorText, HarnessError, invariant } from '../core/index.ts';
import type { Endpoint } from './endpoint.ts';

/** Connections that wait to be accepted; the kernel turns away what comes on top. */
const BACKLOG = 4_096;

/** A port that is listened on. */
export interface Listener {
  /** With the port that was taken, where any was asked for. */
  readonly address: Endpoint;
  /** Closes the port, at once; connections that were accepted live on. May be called again. */
  close(): void;
}

/** Whom a listener tells. */
export interface ListenerEvents {
  /** The socket is paused, and half-open is allowed. */
  accepted(client: Socket): void;
  /** A connection could not be taken, for want of descriptors say. */
  notAccepted(): void;
}

/**
 * Resolves when the address is listened on. `proxy` is for the message.
 * @throws LISTEN_FAILED when the address is in use or is not this machine's.
 */
export function listenAt(
  wanted: Endpoint,
  proxy: string,
  events: ListenerEvents,
): Promise<Listener> {
  const server = createServer(
    { allowHalfOpen: true, pauseOnConnect: true, noDelay: true },
    (client) => events.accepted(client),
  );
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown): void => {
      const place = `${wanted.host}:${wanted.port}`;
      const message = `proxy ${proxy} cannot listen on ${place}: ${errorText(cause)}`;
      const hint =
        'Free the address, or write port 0 for any free port and refer to it by the proxy.';
      reject(new HarnessError('LISTEN_FAILED', message, { hint, cause }));
    };
    server.once('error', refuse);
    const host = wanted.host === '' ? {} : { host: wanted.host };
    server.listen({ ...host, port: wanted.port, backlog: BACKLOG }, () => {
      server.off('error', refuse);
      server.on('error', () => events.notAccepted());
      const bound = server.address();
      invariant(bound !== null && typeof bound === 'object', 'a TCP server has an address');
      resolve({
        address: { host: bound.address, port: bound.port },
        close: () => void server.close(),
      });
    });
  });
}
