import type { Ms } from '../core/index.ts';
import type { TouchedConnection, TouchedRequest, Touches } from '../toxics/index.ts';
import { TimeSpans } from './time-spans.ts';

export interface TouchTableLimits {
  readonly requestsMax: number;
  /** Connections that were touched by a toxic. */
  readonly connectionsMax: number;
  /** Stretches of one connection, and of all connections that one toxic touched. */
  readonly stretchesMax: number;
}

const LIMITS: TouchTableLimits = {
  requestsMax: 200_000,
  connectionsMax: 50_000,
  stretchesMax: 10_000,
};

/** For so long a client may not have heard that a connection is down. */
export const UNHEARD_MS: Ms = 1_000;

/**
 * Whom the toxics of a run touched: requests by their trace, connections by their proxy and the
 * client's port. Bounded: what came first is forgotten first, and counted.
 */
export class TouchTable {
  readonly #limits: TouchTableLimits;
  /** By trace id, the one that was added first first. */
  readonly #requests = new Map<string, TouchedRequest[]>();
  /** By proxy, toxic and client's port. */
  readonly #connections = new Map<string, TimeSpans>();
  /** By proxy and toxic: over all connections together. */
  readonly #ofToxics = new Map<string, TimeSpans>();
  #requestCount = 0;
  #lost = 0;

  constructor(limits: Partial<TouchTableLimits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Touches that found no room, here or before, or were forgotten. */
  get lost(): number {
    return this.#lost;
  }

  add({ requests, connections, lost }: Touches): void {
    for (const request of requests) this.#addRequest(request);
    for (const connection of connections) this.#addConnection(connection);
    this.#lost += lost;
  }

  /** Returns the touched requests of a trace. */
  ofTrace(traceId: string): readonly TouchedRequest[] {
    return this.#requests.get(traceId) ?? [];
  }

  /** Returns whether a toxic acted on the connection with this port in [fromMs, toMs]. */
  onConnection(place: ConnectionPlace, time: Time): boolean {
    return overlap(this.#connections.get(connectionKey(place)), time);
  }

  /** Returns whether a toxic acted in [fromMs, toMs] for requests that the proxy does not know. */
  onUnknown(place: Omit<ConnectionPlace, 'clientPort'>, time: Time): boolean {
    return overlap(this.#ofToxics.get(toxicKey(place)), time);
  }

  #addRequest(request: TouchedRequest): void {
    const ofTrace = this.#requests.get(request.traceId);
    if (ofTrace) ofTrace.push(request);
    else this.#requests.set(request.traceId, [request]);
    this.#requestCount += 1;
    while (this.#requestCount > this.#limits.requestsMax) {
      const [earliest] = this.#requests;
      if (!earliest) return;
      this.#requests.delete(earliest[0]);
      this.#requestCount -= earliest[1].length;
      this.#lost += earliest[1].length;
    }
  }

  #addConnection(touch: TouchedConnection): void {
    const { fromEpochMs, toEpochMs, isDown, isIdle } = touch;
    if (!isIdle) this.#stretch(this.#ofToxics, toxicKey(touch), { fromEpochMs, toEpochMs });
    const untilEpochMs = isDown ? toEpochMs + UNHEARD_MS : toEpochMs;
    const time = { fromEpochMs, toEpochMs: untilEpochMs };
    this.#stretch(this.#connections, connectionKey(touch), time);
    if (this.#connections.size <= this.#limits.connectionsMax) return;
    const [earliest] = this.#connections;
    if (!earliest) return;
    this.#connections.delete(earliest[0]);
    this.#lost += earliest[1].count;
  }

  #stretch(by: Map<string, TimeSpans>, key: string, { fromEpochMs, toEpochMs }: Time): void {
    const spans = by.get(key) ?? new TimeSpans();
    by.set(key, spans);
    spans.add(fromEpochMs, toEpochMs);
    if (spans.count <= this.#limits.stretchesMax) return;
    spans.dropFirst();
    this.#lost += 1;
  }
}

type ConnectionPlace = Pick<TouchedConnection, 'proxy' | 'toxic' | 'clientPort'>;

/** Wall times, ms since the Unix epoch. */
export interface Time {
  readonly fromEpochMs: Ms;
  readonly toEpochMs: Ms;
}

function overlap(spans: TimeSpans | undefined, { fromEpochMs, toEpochMs }: Time): boolean {
  return spans?.overlap(fromEpochMs, toEpochMs) ?? false;
}

function toxicKey({ proxy, toxic }: Omit<ConnectionPlace, 'clientPort'>): string {
  return `${proxy}/${toxic}`;
}

function connectionKey(place: ConnectionPlace): string {
  return `${toxicKey(place)}/${place.clientPort}`;
}
