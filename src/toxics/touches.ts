import type { Ms } from '../core/index.ts';

/** A request that a toxic touched, known by the trace context that it carries. */
export interface TouchedRequest {
  readonly proxy: string;
  /** The toxic's name on the proxy. */
  readonly toxic: string;
  readonly traceId: string;
  /** Of the span that sent it; '' where the context does not say. */
  readonly spanId: string;
  /** When it began to reach the proxy. */
  readonly atEpochMs: Ms;
}

/**
 * A time in which a toxic acted on a connection without a pause, for requests that the proxy does
 * not know: not HTTP/1.x, encrypted, begun before the toxic was put on, without trace context; or
 * the moment in which it brought an idle one down.
 */
export interface TouchedConnection {
  readonly proxy: string;
  readonly toxic: string;
  /** The port at the client's end; 0 where it is not known. */
  readonly clientPort: number;
  readonly fromEpochMs: Ms;
  readonly toEpochMs: Ms;
  /** It was brought down then: what the client sends before it hears of that is lost. */
  readonly isDown: boolean;
  /** No request was under way: it is brought down, and nothing else happened to it. */
  readonly isIdle: boolean;
}

/** What the toxics of some proxies touched in a time. */
export interface Touches {
  readonly requests: readonly TouchedRequest[];
  readonly connections: readonly TouchedConnection[];
  /** Touches that found no room. */
  readonly lost: number;
}

export const NO_TOUCHES: Touches = { requests: [], connections: [], lost: 0 };
