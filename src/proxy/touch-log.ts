import type { Ms } from '../core/index.ts';
import type { TouchedConnection, TouchedRequest, Touches } from '../toxics/index.ts';

/** Touches of each sort that wait to be taken; further ones are counted and lost. */
const TOUCHES_MAX = 100_000;

/** The trace context of a request, as far as it has one. */
export interface RequestIds {
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
}

/** Where something was touched, and by what. */
export interface TouchPlace {
  readonly proxy: string;
  readonly toxic: string;
  /** The port at the client's end; 0 where it is not known. */
  readonly clientPort: number;
}

/** A touch that can still go on. */
export interface OpenTouch extends TouchedConnection {
  toEpochMs: Ms;
  isDown: boolean;
}

/** Whose touches a log takes. */
export interface TouchLogOptions {
  /** Of requests only those of this run's traces: no span of it belongs to another. */
  readonly runId?: string;
  readonly max?: number;
  /** Takes nothing before it was first asked for what it has: nobody may ever ask. */
  readonly untilAsked?: boolean;
}

/** What the toxics of some proxies touched since it was last asked for. */
export class TouchLog {
  /** Counts {@link take}s: an entry from before the last one is out of reach. */
  takes = 0;
  readonly #runId: string;
  readonly #untilAsked: boolean;
  readonly #max: number;
  #requests: TouchedRequest[] = [];
  #connections: OpenTouch[] = [];
  #lost = 0;

  constructor({ runId = '', max = TOUCHES_MAX, untilAsked = false }: TouchLogOptions = {}) {
    this.#runId = runId;
    this.#max = max;
    this.#untilAsked = untilAsked;
  }

  /** Takes a request that was touched now; `atEpochMs` is when it began to reach the proxy. */
  request(place: TouchPlace, ids: RequestIds, atEpochMs: Ms, nowEpochMs: Ms): void {
    const { proxy, toxic } = place;
    const { traceId, spanId = '' } = ids;
    if (traceId === undefined) return void this.connection(place, atEpochMs, nowEpochMs);
    if (this.#isIdle || !traceId.startsWith(this.#runId)) return undefined;
    if (this.#requests.length >= this.#max) return void (this.#lost += 1);
    return void this.#requests.push({ proxy, toxic, traceId, spanId, atEpochMs });
  }

  /** Takes a connection that is touched; returns the entry, undefined where there is no room. */
  connection(
    place: TouchPlace,
    fromEpochMs: Ms,
    toEpochMs: Ms,
    { isDown = false, isIdle = false } = {},
  ): OpenTouch | undefined {
    if (this.#isIdle) return undefined;
    if (this.#connections.length >= this.#max) {
      this.#lost += 1;
      return undefined;
    }
    const touch = { ...place, fromEpochMs, toEpochMs, isDown, isIdle };
    this.#connections.push(touch);
    return touch;
  }

  get #isIdle(): boolean {
    return this.#untilAsked && this.takes === 0;
  }

  /** Returns what was touched since the last time, and forgets it. */
  take(): Touches {
    const touches = { requests: this.#requests, connections: this.#connections, lost: this.#lost };
    this.#requests = [];
    this.#connections = [];
    this.#lost = 0;
    this.takes += 1;
    return touches;
  }
}
