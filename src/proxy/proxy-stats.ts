/** What passed one proxy so far. */
export interface ProxyStats {
  /** Connections accepted. */
  readonly connections: number;
  /** Of them, those that are open now. */
  readonly liveConnections: number;
  /** Connections turned away because the bound of live ones, or of descriptors, was reached. */
  readonly refusedConnections: number;
  /** Connections closed because the upstream could not be reached. */
  readonly failedDials: number;
  /** Connections that a toxic reset. */
  readonly resets: number;
  /** Connections closed because a request was malformed or past a bound; of `http` only. */
  readonly malformedRequests: number;
  /** How often reading was paused because the other side or a toxic held too much. */
  readonly pauses: number;
  /** Bytes read from clients. */
  readonly bytesUpstream: number;
  /** Bytes read from the upstream. */
  readonly bytesDownstream: number;
  /** Bytes written to the upstream: less or more than was read, as the toxics have it. */
  readonly bytesToUpstream: number;
  /** Bytes written to clients. */
  readonly bytesToClients: number;
  /**
   * Per fault, how many connections sent data through its toxic; faults that met none are absent.
   * Of toxics that were taken off, the latest are kept; earlier ones are added up under `other`.
   */
  readonly affected: Readonly<Record<string, number>>;
}

/** Toxics that were taken off are counted by their names up to this many, per proxy. */
const REMOVED_MAX = 100;
/** Where those before them are added up. */
const OTHER = 'other';

/** The counters of one proxy, counted in place by its connections. */
export class ProxyCounters {
  connections = 0;
  refusedConnections = 0;
  failedDials = 0;
  resets = 0;
  malformedRequests = 0;
  pauses = 0;
  readonly upstream = new StreamCounters();
  readonly downstream = new StreamCounters();
  readonly #affected = new Map<string, number>();
  /** Those of them whose toxic was taken off, the earliest first. */
  readonly #removed = new Set<string>();

  /** Counts a connection, or a request, for the fault whose toxic it met. */
  touched(fault: string): void {
    this.#removed.delete(fault);
    this.#add(fault, 1);
  }

  /** The toxic of this fault was taken off: its count is kept while few others have gone since. */
  removed(fault: string): void {
    if (!this.#affected.has(fault) || fault === OTHER) return;
    this.#removed.delete(fault);
    this.#removed.add(fault);
    if (this.#removed.size <= REMOVED_MAX) return;
    const [earliest = fault] = this.#removed;
    this.#add(OTHER, this.#affected.get(earliest) ?? 0);
    this.#affected.delete(earliest);
    this.#removed.delete(earliest);
  }

  #add(fault: string, count: number): void {
    this.#affected.set(fault, (this.#affected.get(fault) ?? 0) + count);
  }

  snapshot(liveConnections: number): ProxyStats {
    return {
      connections: this.connections,
      liveConnections,
      refusedConnections: this.refusedConnections,
      failedDials: this.failedDials,
      resets: this.resets,
      malformedRequests: this.malformedRequests,
      pauses: this.pauses,
      bytesUpstream: this.upstream.bytesRead,
      bytesDownstream: this.downstream.bytesRead,
      bytesToUpstream: this.upstream.bytesWritten,
      bytesToClients: this.downstream.bytesWritten,
      affected: Object.fromEntries(this.#affected),
    };
  }
}

/** What went one way through a proxy, over all its connections. */
export class StreamCounters {
  bytesRead = 0;
  bytesWritten = 0;
}
