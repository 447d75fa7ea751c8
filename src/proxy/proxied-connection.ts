import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../core/index.ts';
import type { ActiveToxic, Direction } from '../toxics/index.ts';
import { ConnectionTouches } from './connection-touches.ts';
import type { Endpoint } from './endpoint.ts';
import type { HttpForwarder } from './http/http-forwarder.ts';
import { lentReads, withLentReads } from './lent-reads.ts';
import type { ProxyCounters } from './proxy-stats.ts';
import { resetSocket } from './reset-socket.ts';
import { StreamPipe } from './stream-pipe.ts';
import type { TouchLog } from './touch-log.ts';

/** What a connection needs to know of the proxy it belongs to. */
export interface ConnectionContext {
  readonly clock: Clock;
  readonly seed: number;
  readonly proxy: string;
  /** Counted from 0 per proxy. */
  readonly number: number;
  /** Undefined where the upstream is written so that nobody can dial it. */
  readonly upstream: Endpoint | undefined;
  readonly counters: ProxyCounters;
  /** Where touches are told; absent for nowhere. */
  readonly touches?: TouchLog;
  /**
   * Opens what reads the requests and dials by itself; absent: the bytes go straight to a socket.
   */
  readonly openHttp?: (upstream: Endpoint) => HttpForwarder;
  /** Called once, when both sides are gone. */
  readonly closed: (connection: ProxiedConnection) => void;
}

/**
 * One client's connection and the one dialled for it:
 *
 *     client ══► upstream pipe ══► server        a FIN on one side ends that direction alone
 *     client ◄══ downstream pipe ◄══ server      a RST on one side resets the other
 *
 * Nothing is read from the client before the upstream answered the dial; if it does not, the client
 * is closed.
 */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #server: Socket | HttpForwarder;
  readonly #context: ConnectionContext;
  readonly #upstream: StreamPipe;
  readonly #downstream: StreamPipe;
  #isConnected = false;
  #openStreams = 2;

  /** `client` is as the listener accepted it: paused, half-open allowed. */
  constructor(client: Socket, context: ConnectionContext, toxics: Iterable<ActiveToxic>) {
    this.#client = withLentReads(client, (lent, length) => this.#upstream.takeLent(lent, length));
    this.#context = context;
    this.#server = this.#open();
    this.#upstream = this.#pipe('upstream', { from: this.#client, to: this.#server });
    this.#downstream = this.#pipe('downstream', { from: this.#server, to: this.#client });
    for (const toxic of toxics) this.add(toxic);
    this.#watch();
  }

  /** Puts a toxic on this connection, where its direction says so. */
  add(toxic: ActiveToxic): void {
    this.#tellTouches(true);
    this.#upstream.chain.add(toxic);
    this.#downstream.chain.add(toxic);
  }

  /** Applies the toxic's new settings. */
  updated(name: string): void {
    this.#upstream.chain.updated(name);
    this.#downstream.chain.updated(name);
  }

  /** Takes the toxic off; what it held goes on its way. */
  remove(name: string): void {
    this.#upstream.chain.remove(name);
    this.#downstream.chain.remove(name);
    const hasToxics = !(this.#upstream.chain.isEmpty && this.#downstream.chain.isEmpty);
    if (!hasToxics) this.#tellTouches(false);
  }

  /** Closes both sides at once; what is still inside is lost. */
  destroy(): void {
    this.#stopPaths();
    this.#client.destroy();
    this.#server.destroy();
  }

  #open(): Socket | HttpForwarder {
    const { upstream, openHttp } = this.#context;
    if (upstream === undefined) return new Socket().destroy(new Error('no address to dial'));
    if (openHttp !== undefined) return openHttp(upstream);
    const onread = lentReads((lent, length) => this.#downstream.takeLent(lent, length));
    return connect({ ...upstream, allowHalfOpen: true, noDelay: true, onread }).pause();
  }

  #pipe(direction: Direction, streams: { from: Duplex; to: Duplex }): StreamPipe {
    const { clock, seed, proxy, number, counters } = this.#context;
    const identity = { seed, proxy, connection: number, direction };
    return new StreamPipe(streams, clock, identity, counters, {
      reset: () => {
        counters.resets += 1;
        this.#reset();
      },
      close: () => this.#closeBoth(),
    });
  }

  /** Nobody looks at what passes while there is no toxic. */
  #tellTouches(tells: boolean): void {
    const { touches: log, clock, proxy } = this.#context;
    if (log === undefined || tells === (this.#upstream.touches !== undefined)) return;
    const clientPort = this.#client.remotePort ?? 0;
    const touches = tells ? new ConnectionTouches({ log, clock, proxy, clientPort }) : undefined;
    this.#upstream.touches = touches;
    this.#downstream.touches = touches;
  }

  #watch(): void {
    this.#client.on('error', () => this.#reset());
    this.#server.on('error', () => {
      if (this.#isConnected) return this.#reset();
      this.#context.counters.failedDials += 1;
      return this.destroy();
    });
    for (const stream of [this.#client, this.#server]) {
      stream.once('close', () => this.#streamClosed(stream));
    }
    if (this.#server instanceof Socket) this.#server.once('connect', () => this.#connected());
    else if (!this.#server.destroyed) this.#readFar();
  }

  #readFar(): void {
    this.#server.on('data', (bytes: Buffer) => this.#downstream.take(bytes));
    this.#connected();
  }

  #connected(): void {
    this.#isConnected = true;
    this.#client.resume();
    this.#server.resume();
  }

  /** Closes both sides, each after it was given what was already written to it. */
  #closeBoth(): void {
    this.#stopPaths();
    for (const stream of [this.#client, this.#server]) {
      if (stream instanceof Socket) stream.destroySoon();
      else stream.destroy();
    }
  }

  #reset(): void {
    this.#stopPaths();
    resetSocket(this.#client);
    if (this.#server instanceof Socket) resetSocket(this.#server);
    else if (!this.#server.destroyed) this.#server.resetAndDestroy();
  }

  #stopPaths(): void {
    this.#upstream.stop();
    this.#downstream.stop();
  }

  /**
   * One side is gone. Where both its directions had ended, the other lives on until it has been
   * given what the toxics still hold; otherwise it goes too, after what was written to it.
   */
  #streamClosed(stream: Duplex): void {
    if (!(stream.readableEnded && stream.writableFinished)) this.#closeBoth();
    this.#openStreams -= 1;
    if (this.#openStreams > 0) return;
    this.#context.closed(this);
  }
}
