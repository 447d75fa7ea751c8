import { connect, type Socket } from 'node:net';
import type { Clock } from '../core/index.ts';
import type { ChainIdentity, Toxic } from '../faults/index.ts';
import type { Endpoint } from './endpoint.ts';
import type { ProxyCounters } from './proxy-stats.ts';
import { StreamPath, type PathEvents } from './stream-path.ts';

/** What a connection needs to know of the proxy it belongs to. */
export interface ConnectionContext {
  readonly clock: Clock;
  readonly seed: number;
  readonly proxy: string;
  /** Counted from 0 per proxy. */
  readonly number: number;
  readonly upstream: Endpoint;
  readonly counters: ProxyCounters;
}

/**
 * One client's connection and the one dialled for it:
 *
 *     client ══► upstream path ══► server        a FIN on one side ends that direction alone
 *     client ◄══ downstream path ◄══ server      a RST on one side resets the other
 *
 * Nothing is read from the client before the upstream answered the dial; if it does not, the client
 * is closed. `whenClosed` resolves when both sockets are gone.
 */
export class ProxiedConnection {
  readonly whenClosed: Promise<void>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #context: ConnectionContext;
  readonly #paths: readonly StreamPath[];

  /** `client` is as the listener accepted it: paused, half-open allowed. */
  constructor(client: Socket, context: ConnectionContext, toxics: Iterable<Toxic>) {
    this.#client = client;
    this.#context = context;
    this.#server = connect({ ...context.upstream, allowHalfOpen: true, noDelay: true });
    this.#server.pause();
    this.#paths = [
      this.#path('upstream', { from: client, to: this.#server }),
      this.#path('downstream', { from: this.#server, to: client }),
    ];
    for (const toxic of toxics) this.add(toxic);
    this.whenClosed = this.#watch();
  }

  /** Puts a toxic on this connection, where its direction and the roll of its toxicity say so. */
  add(toxic: Toxic): void {
    for (const path of this.#paths) path.chain.add(toxic);
  }

  /** Takes the toxic off; what it held goes on its way. */
  remove(name: string): void {
    for (const path of this.#paths) path.chain.remove(name);
  }

  /** Closes both sides at once. */
  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #path(direction: ChainIdentity['direction'], sockets: { from: Socket; to: Socket }): StreamPath {
    const { clock, seed, proxy, number, counters } = this.#context;
    const events: PathEvents = {
      read: (byteLength) => {
        if (direction === 'upstream') counters.bytesUpstream += byteLength;
        else counters.bytesDownstream += byteLength;
      },
      paused: () => void (counters.pauses += 1),
      touched: (toxic) => counters.touched(toxic),
      reset: () => {
        counters.resets += 1;
        this.#reset();
      },
      close: () => this.destroy(),
    };
    return new StreamPath(sockets, clock, { seed, proxy, connection: number, direction }, events);
  }

  #reset(): void {
    resetSocket(this.#client);
    resetSocket(this.#server);
  }

  #watch(): Promise<void> {
    let isConnected = false;
    this.#server.once('connect', () => {
      isConnected = true;
      this.#client.resume();
      this.#server.resume();
    });
    this.#client.on('error', () => this.#reset());
    this.#server.on('error', () => {
      if (isConnected) return this.#reset();
      this.#context.counters.failedDials += 1;
      return this.destroy();
    });
    const closings = [this.#client, this.#server].map((socket) => this.#closingOf(socket));
    return Promise.all(closings).then(() => undefined);
  }

  /**
   * Resolves when the socket is gone. Where both its directions had ended, the other socket lives
   * on until it has been given what the toxics still hold; otherwise it goes too.
   */
  #closingOf(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      socket.once('close', () => {
        if (!(socket.readableEnded && socket.writableFinished)) {
          for (const path of this.#paths) path.chain.discard();
          this.destroy();
        }
        resolve();
      });
    });
  }
}

/** Closes a socket with RST; one that is still connecting is just closed. */
function resetSocket(socket: Socket): void {
  if (socket.connecting) socket.destroy();
  else if (!socket.destroyed) socket.resetAndDestroy();
}
