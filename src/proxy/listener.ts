import { createServer, type Socket } from 'node:net';
import { listen } from '../core/index.ts';
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

/** What a listener reports. */
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
export async function listenAt(
  wanted: Endpoint,
  proxy: string,
  events: ListenerEvents,
): Promise<Listener> {
  const server = createServer(
    { allowHalfOpen: true, pauseOnConnect: true, noDelay: true },
    (client) => events.accepted(client),
  );
  const address = await listen(server, {
    ...wanted,
    who: `proxy ${proxy}`,
    hint: 'Free the address, or write port 0 for any free port and refer to it by the proxy.',
    backlog: BACKLOG,
    onNotAccepted: () => events.notAccepted(),
  });
  return { address, close: () => void server.close() };
}
