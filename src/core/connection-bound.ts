import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from './clock.ts';
import { NS_PER_SEC, secFromNs, type Ns } from './units.ts';

export interface ConnectionBoundOptions {
  /** Most connections at once. */
  readonly max: number;
  readonly clock: Clock;
  /** Called for each connection that is closed since there are too many. */
  readonly onClosed: () => void;
}

/** A client that is slower than this, over a while, is taken for one that has stopped. */
const SLOWEST_BYTES_PER_SEC = 1_024;
const WATCHED_AT_LEAST_NS = 2 * NS_PER_SEC;

/**
 * Bounds a server's connections so that those who hold them idly cannot keep others out. Past the
 * bound a new connection takes the place of
 *
 *   1. the one that has been idle longest: it is between requests, or its head has not come whole;
 *   2. one that waits for its client, and whose client has stopped: it sends no more of its body,
 *      or takes no more of its answer.
 *
 * Where every connection is at work, the new one is closed.
 */
export function boundConnections(server: Server, options: ConnectionBoundOptions): void {
  const bound = new ConnectionBound(options);
  server.on('connection', (socket: Socket) => bound.opened(socket));
  server.on('request', (request, response) => bound.asked(request, response));
  server.on('checkExpectation', (request, response) => bound.asked(request, response));
}

interface Connection {
  readonly socket: Socket;
  /** Requests without a whole answer; a client may send several ahead. */
  underWay: number;
  last: { readonly request: IncomingMessage; readonly response: ServerResponse } | undefined;
  /** Since when, and from which count of bytes on, its speed is watched. */
  watchedFromNs: Ns;
  watchedFromBytes: number;
}

class ConnectionBound {
  readonly #options: ConnectionBoundOptions;
  readonly #connections = new Map<Socket, Connection>();
  /** Longest idle first. */
  readonly #idle = new Set<Connection>();

  constructor(options: ConnectionBoundOptions) {
    this.#options = options;
  }

  opened(socket: Socket): void {
    const { max, onClosed } = this.#options;
    if (this.#connections.size >= max) {
      const other = this.#idle.values().next().value ?? this.#stopped();
      onClosed();
      if (other === undefined) return void socket.destroy();
      this.#forget(other);
      other.socket.destroy();
    }
    const connection: Connection = {
      socket,
      underWay: 0,
      last: undefined,
      watchedFromNs: 0,
      watchedFromBytes: 0,
    };
    this.#connections.set(socket, connection);
    this.#idle.add(connection);
    socket.once('close', () => this.#forget(connection));
  }

  asked(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) return;
    connection.underWay++;
    connection.last = { request, response };
    this.#watch(connection);
    this.#idle.delete(connection);
    response.once('close', () => {
      if (--connection.underWay > 0 || !this.#connections.has(connection.socket)) return;
      connection.last = undefined;
      this.#idle.add(connection);
    });
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection.socket);
    this.#idle.delete(connection);
  }

  #watch(connection: Connection): void {
    connection.watchedFromNs = this.#options.clock.nowNs();
    connection.watchedFromBytes = passedBytes(connection.socket);
  }

  /** Returns a connection whose client has stopped, if there is one. */
  #stopped(): Connection | undefined {
    const nowNs = this.#options.clock.nowNs();
    for (const connection of this.#connections.values()) {
      const { last, socket, watchedFromNs, watchedFromBytes } = connection;
      const waitsForClient = last && (!last.request.complete || last.response.writableEnded);
      const watchedNs = nowNs - watchedFromNs;
      if (!waitsForClient || watchedNs < WATCHED_AT_LEAST_NS) continue;
      const bytes = passedBytes(socket) - watchedFromBytes;
      if (bytes < SLOWEST_BYTES_PER_SEC * secFromNs(watchedNs)) return connection;
      this.#watch(connection);
    }
    return undefined;
  }
}

/** Returns the bytes that a client has sent, and those of its answers that it has taken. */
function passedBytes(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten - socket.writableLength;
}
