import type { Socket } from 'node:net';
import { type Clock, msFromNs } from '../core/index.ts';
import type { Toxic, ProxySpec } from '../toxics/index.ts';
import type { DescriptorBudget } from './descriptor-budget.ts';
import { dialEndpoint, formatEndpoint, resolveListen, type Endpoint } from './endpoint.ts';
import { openHttpForwarder, type HttpForwarder } from './http/http-forwarder.ts';
import { ProxiedConnection } from './proxied-connection.ts';
import type { ProxyState } from './proxy-control.ts';
import { ProxyPort } from './proxy-port.ts';
import { ProxyCounters, type ProxyStats } from './proxy-stats.ts';
import { resetSocket } from './reset-socket.ts';
import type { TouchLog } from './touch-log.ts';
import { ToxicSet, type ToxicChange } from './toxic-set.ts';

/** Live connections past this are turned away and counted. */
const LIVE_CONNECTIONS_MAX = 10_000;
/** The client's socket, and the one to the upstream. */
const DESCRIPTORS_PER_CONNECTION = 2;

/** What the proxies of a set share. */
export interface ProxyContext {
  readonly clock: Clock;
  /** Governs every draw of the toxics. */
  readonly seed: number;
  readonly descriptors: DescriptorBudget;
  /** Where they belong to a run: the id with which its trace ids begin. */
  readonly runId?: string;
  /** Where it is told whom toxics touch; absent for nowhere. */
  readonly touches?: TouchLog;
}

/** What can change of a proxy. */
export interface ProxyChange {
  readonly listen?: string;
  readonly upstream?: string;
  readonly enabled?: boolean;
}

/**
 * One proxy. Passes every connection to the upstream, through the toxics that are on it at the
 * time: one works on live connections as on new ones. Its toxics and counters outlive its stops;
 * its methods that return a promise must not be called before the last one has resolved.
 */
export class TcpProxy {
  readonly #spec: ProxySpec;
  readonly #context: ProxyContext;
  readonly #live = new Set<ProxiedConnection>();
  readonly #counters = new ProxyCounters();
  readonly #toxics: ToxicSet;
  readonly #port: ProxyPort;
  /** As it was asked for until it is listened on, then resolved. */
  #listen: string;
  #upstream: string;
  #endpoint: Endpoint | undefined;
  #isEnabled = false;
  #whenEmpty: (() => void) | undefined;

  /** Does not listen yet. */
  constructor(spec: ProxySpec, context: ProxyContext) {
    this.#spec = spec;
    this.#context = context;
    this.#listen = spec.listen;
    this.#upstream = spec.upstream;
    this.#endpoint = dialEndpoint(spec.upstream);
    const { name: proxy, protocol } = spec;
    this.#port = new ProxyPort(proxy, context.descriptors, {
      accepted: (client) => this.#accept(client),
      notAccepted: () => void (this.#counters.refusedConnections += 1),
    });
    this.#toxics = new ToxicSet({ seed: context.seed, proxy, protocol, clock: context.clock });
  }

  state(): ProxyState {
    const [listen, upstream, enabled] = [this.#listen, this.#upstream, this.#isEnabled];
    return { ...this.#spec, listen, upstream, enabled, toxics: this.#toxics.list() };
  }

  stats(): ProxyStats {
    return this.#counters.snapshot(this.#live.size);
  }

  /**
   * Listens, if it does not yet.
   * @throws LISTEN_FAILED when the address cannot be listened on: the proxy stays disabled then.
   */
  async start(): Promise<void> {
    if (this.#isEnabled) return;
    this.#listen = await this.#port.open(this.#listen);
    this.#isEnabled = true;
    if (this.#toxics.refusesAll) this.#port.close();
  }

  /** Stops listening and closes every connection. Resolves when all are gone. */
  async stop(): Promise<void> {
    this.#isEnabled = false;
    this.#port.close();
    const gone = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (const connection of this.#live) connection.destroy();
    if (this.#live.size > 0) await gone;
    this.#whenEmpty = undefined;
  }

  /** Stops for good. */
  async close(): Promise<void> {
    await this.stop();
    this.#toxics.end();
  }

  /**
   * Changes what is said; another address closes all connections.
   * @throws LISTEN_FAILED when the address is invalid, and nothing has changed, or when it cannot
   * be listened on: the proxy is disabled then.
   */
  async update(change: ProxyChange): Promise<void> {
    const { listen = this.#listen, upstream = this.#upstream, enabled = this.#isEnabled } = change;
    // First of all: an invalid address must change nothing.
    const listensThere = await this.#listensOn(listen);
    if (upstream !== this.#upstream || !listensThere) {
      await this.stop();
      this.#listen = listen;
      this.#upstream = upstream;
      this.#endpoint = dialEndpoint(upstream);
    }
    await (enabled ? this.start() : this.stop());
  }

  /**
   * Puts a toxic on every live connection and every one to come.
   * @throws TOXIC_EXISTS, TOXIC_INVALID
   */
  async addToxic(toxic: Toxic): Promise<void> {
    const active = this.#toxics.add(toxic);
    if (this.#toxics.onStreams.includes(active)) {
      for (const connection of this.#live) connection.add(active);
    }
    await this.#openOrClosePort();
  }

  /** @throws TOXIC_NOT_FOUND */
  async updateToxic(name: string, change: ToxicChange): Promise<void> {
    this.#toxics.change(name, change);
    for (const connection of this.#live) connection.updated(name);
    await this.#openOrClosePort();
  }

  /**
   * Takes a toxic off every connection; what it held goes on its way at once.
   * @throws TOXIC_NOT_FOUND; LISTEN_FAILED when it had kept the port closed, and that is taken now.
   */
  async removeToxic(name: string): Promise<void> {
    this.#remove(name);
    await this.#openOrClosePort();
  }

  /** Takes every toxic off. */
  async removeToxics(): Promise<void> {
    for (const { name } of this.#toxics.list()) this.#remove(name);
    await this.#openOrClosePort();
  }

  #remove(name: string): void {
    this.#toxics.remove(name);
    for (const connection of this.#live) connection.remove(name);
    this.#counters.removed(name);
  }

  async #listensOn(listen: string): Promise<boolean> {
    const endpoint = await resolveListen(listen, `listen of proxy ${this.#spec.name}`);
    return listen === this.#listen || formatEndpoint(endpoint) === this.#listen;
  }

  /** A toxic that refuses everybody does it with a closed port; connections that are live stay. */
  async #openOrClosePort(): Promise<void> {
    if (!this.#isEnabled) return;
    if (this.#toxics.refusesAll) return this.#port.close();
    if (this.#port.isOpen) return;
    try {
      this.#listen = await this.#port.open(this.#listen);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  #accept(client: Socket): void {
    const number = this.#counters.connections;
    this.#counters.connections += 1;
    const refusing = this.#toxics.refusing(number);
    if (refusing !== undefined) {
      this.#counters.touched(refusing);
      this.#tellRefused(client, refusing);
      this.#counters.resets += 1;
      resetSocket(client);
      return;
    }
    const isFull = this.#live.size >= LIVE_CONNECTIONS_MAX;
    if (isFull || !this.#context.descriptors.take(DESCRIPTORS_PER_CONNECTION)) {
      this.#counters.refusedConnections += 1;
      client.destroy();
      return;
    }
    const context = {
      ...this.#context,
      proxy: this.#spec.name,
      number,
      upstream: this.#endpoint,
      counters: this.#counters,
      ...(this.#spec.protocol === 'http' ? { openHttp: this.#httpOpener(number) } : {}),
      closed: (connection: ProxiedConnection) => this.#connectionClosed(connection),
    };
    this.#live.add(new ProxiedConnection(client, context, this.#toxics.onStreams));
  }

  #tellRefused(client: Socket, toxic: string): void {
    const { touches, clock } = this.#context;
    const place = { proxy: this.#spec.name, toxic, clientPort: client.remotePort ?? 0 };
    const nowEpochMs = clock.originEpochMs + msFromNs(clock.nowNs());
    touches?.connection(place, nowEpochMs, nowEpochMs, { isDown: true });
  }

  #httpOpener(connection: number): (upstream: Endpoint) => HttpForwarder {
    const { name: proxy, callerFaults } = this.#spec;
    const toxics = (): ToxicSet['onRequests'] => this.#toxics.onRequests;
    const counters = this.#counters;
    return (upstream) =>
      openHttpForwarder({
        ...this.#context,
        proxy,
        callerFaults,
        connection,
        upstream,
        toxics,
        counters,
      });
  }

  #connectionClosed(connection: ProxiedConnection): void {
    this.#live.delete(connection);
    this.#context.descriptors.release(DESCRIPTORS_PER_CONNECTION);
    if (this.#live.size === 0) this.#whenEmpty?.();
  }
}
