import { createServer, type Server, type Socket } from 'node:net';
import { errorText, HarnessError, invariant, type Clock } from '../core/index.ts';
import type { Toxic } from '../faults/index.ts';
import { formatEndpoint, parseEndpoint, type Endpoint } from './endpoint.ts';
import { ProxiedConnection } from './proxied-connection.ts';
import type { ProxySpec } from './proxy-control.ts';
import { ProxyCounters, type ProxyStats } from './proxy-stats.ts';

/** Live connections past this are turned away and counted. */
const LIVE_CONNECTIONS_MAX = 10_000;

/**
 * Listens on one address and passes every connection to the upstream, through the toxics that are
 * on it at the time. A toxic works on live connections as on new ones.
 */
export class TcpProxy {
  readonly #spec: ProxySpec;
  readonly #upstream: Endpoint;
  readonly #seed: number;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #live = new Set<ProxiedConnection>();
  readonly #toxics = new Map<string, Toxic>();
  readonly #counters = new ProxyCounters();

  constructor(spec: ProxySpec, seed: number, clock: Clock) {
    this.#spec = spec;
    this.#upstream = parseEndpoint(spec.upstream, `upstream of proxy ${spec.name}`);
    this.#seed = seed;
    this.#clock = clock;
    this.#server = createServer(
      { allowHalfOpen: true, pauseOnConnect: true, noDelay: true },
      (client) => this.#accept(client),
    );
    this.#server.maxConnections = LIVE_CONNECTIONS_MAX;
    this.#server.on('drop', () => void (this.#counters.refusedConnections += 1));
  }

  /**
   * Returns the address that is listened on, its port resolved.
   * @throws LISTEN_FAILED when the address is in use or is not this machine's.
   */
  listen(): Promise<string> {
    const { name, listen } = this.#spec;
    const wanted = parseEndpoint(listen, `listen of proxy ${name}`);
    return new Promise((resolve, reject) => {
      const refuse = (cause: unknown): void => {
        const message = `proxy ${name} cannot listen on ${listen}: ${errorText(cause)}`;
        const hint =
          'Free the address, or write port 0 for any free port and refer to it by the proxy.';
        reject(new HarnessError('LISTEN_FAILED', message, { hint, cause }));
      };
      this.#server.once('error', refuse);
      this.#server.listen(wanted, () => {
        this.#server.off('error', refuse);
        // A connection that cannot be taken, for want of descriptors say, is one turned away.
        this.#server.on('error', () => void (this.#counters.refusedConnections += 1));
        const bound = this.#server.address();
        invariant(bound !== null && typeof bound === 'object', 'a TCP server has an address');
        resolve(formatEndpoint({ host: wanted.host, port: bound.port }));
      });
    });
  }

  /** Puts a toxic on every live connection and every one to come. */
  addToxic(toxic: Toxic): void {
    const { name } = toxic;
    invariant(!this.#toxics.has(name), `toxic ${name} is new to proxy ${this.#spec.name}`);
    this.#toxics.set(name, toxic);
    for (const connection of this.#live) connection.add(toxic);
  }

  /** Takes a toxic off every connection; what it held goes on its way at once. */
  removeToxic(name: string): void {
    invariant(this.#toxics.has(name), `toxic ${name} is on proxy ${this.#spec.name}`);
    this.#toxics.delete(name);
    for (const connection of this.#live) connection.remove(name);
  }

  stats(): ProxyStats {
    this.#counters.liveConnections = this.#live.size;
    return this.#counters.snapshot();
  }

  /** Stops listening and closes live connections. Resolves when all are gone. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const connection of this.#live) connection.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    const context = {
      clock: this.#clock,
      seed: this.#seed,
      proxy: this.#spec.name,
      number: this.#counters.connections,
      upstream: this.#upstream,
      counters: this.#counters,
    };
    this.#counters.connections += 1;
    const connection = new ProxiedConnection(client, context, this.#toxics.values());
    this.#live.add(connection);
    void connection.whenClosed.then(() => this.#live.delete(connection));
  }
}
