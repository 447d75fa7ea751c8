import type { Clock } from '../../core/index.ts';
import type { ActiveToxic } from '../../faults/index.ts';
import type { Endpoint } from '../endpoint.ts';
import type { ProxyCounters } from '../proxy-stats.ts';

/** What a path that reads HTTP is told of the proxy and the connection it belongs to. */
export interface HttpPathContext {
  readonly upstream: Endpoint;
  /** Counted from 0 per proxy. */
  readonly connection: number;
  readonly clock: Clock;
  readonly seed: number;
  readonly proxy: string;
  /** Whose requests are known by their trace ids, so that each run's same calls meet the same. */
  readonly runId?: string | undefined;
  /** Whether a request's own headers may ask for a fault. */
  readonly callerFaults: boolean;
  /** Returns the toxics on requests that are on the proxy now, in the order they were put on. */
  readonly toxics: () => readonly ActiveToxic[];
  /** The proxy's own: one object for all its connections. */
  readonly counters: ProxyCounters;
}
