/** What passed one proxy so far. */
export interface ProxyStats {
  /** Connections accepted. */
  readonly connections: number;
  /** Of them, those that are open now. */
  readonly liveConnections: number;
  /** Connections turned away because the bound of live ones was reached. */
  readonly refusedConnections: number;
  /** Connections closed because the upstream could not be reached. */
  readonly failedDials: number;
  /** Connections that a toxic reset. */
  readonly resets: number;
  /** How often reading was paused because the other side or a toxic held too much. */
  readonly pauses: number;
  /** Bytes read from clients. */
  readonly bytesUpstream: number;
  /** Bytes read from the upstream. */
  readonly bytesDownstream: number;
  /** Per fault, how many connections sent data through its toxic; faults that met none are absent. */
  readonly affectedConnections: Readonly<Record<string, number>>;
}

/** The counters of one proxy, counted in place by its connections. */
export class ProxyCounters {
  connections = 0;
  liveConnections = 0;
  refusedConnections = 0;
  failedDials = 0;
  resets = 0;
  pauses = 0;
  bytesUpstream = 0;
  bytesDownstream = 0;
  readonly #affected = new Map<string, number>();

  /** Counts a connection for the fault whose toxic it met. */
  touched(fault: string): void {
    this.#affected.set(fault, (this.#affected.get(fault) ?? 0) + 1);
  }

  snapshot(): ProxyStats {
    return {
      connections: this.connections,
      liveConnections: this.liveConnections,
      refusedConnections: this.refusedConnections,
      failedDials: this.failedDials,
      resets: this.resets,
      pauses: this.pauses,
      bytesUpstream: this.bytesUpstream,
      bytesDownstream: this.bytesDownstream,
      affectedConnections: Object.fromEntries(this.#affected),
    };
  }
}
