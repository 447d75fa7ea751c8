import type { Ns } from '../../core/index.ts';
import type { ToxicWatcher } from '../toxic.ts';

/**
 * What becomes of the headers of a request or an answer: taken away first, then set, then added.
 */
export interface HeaderEdit {
  /** Names in any case. */
  readonly remove: readonly string[];
  /** In place of what is there, or anew. */
  readonly set: Readonly<Record<string, string>>;
  /** Beside what is there. */
  readonly add: Readonly<Record<string, string>>;
}

/** How a request ends here, without reaching the upstream. */
export type Abort =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  /** A gRPC status in a trailers-only answer, HTTP status 200. */
  | { readonly kind: 'grpc'; readonly status: number; readonly message: string }
  /** HTTP/1.1: the connection is reset; HTTP/2: the stream, with INTERNAL_ERROR. */
  | { readonly kind: 'reset' };

/** What a part of a plan is of, and how long that holds: a toxic. */
export interface PlanOrigin {
  /** Whether it was taken off, or its window has ended. */
  isOver(): boolean;
  watch(watcher: ToxicWatcher): void;
  unwatch(watcher: ToxicWatcher): void;
}

/** A bound on how fast a body goes. */
export interface BodyRate {
  /** At 0 nothing goes. */
  readonly bytesPerSec: number;
  /** With it the bound goes; absent: it stays. */
  readonly of?: PlanOrigin;
}

/** What the faults do to one request and its answer. Absent parts leave it as it is. */
export interface RequestPlan {
  /** Held this long before it goes on, or is aborted. */
  readonly delayNs?: Ns;
  readonly abort?: Abort;
  /** One after the other. */
  readonly requestHeaders?: readonly HeaderEdit[];
  /** One after the other; an answer of an abort is left as the abort says. */
  readonly responseHeaders?: readonly HeaderEdit[];
  /** Sent in place of the answer's body, whose length is then this text's. */
  readonly replaceBody?: string;
  /**
   * The answer's body ends after so many bytes, though more was announced: then the connection
   * (HTTP/2: the stream) is closed.
   */
  readonly truncateAfterBytes?: number;
  /** The answer's body goes no faster than the slowest of them. */
  readonly bodyRates?: readonly BodyRate[];
  /**
   * gRPC: the answer ends without its trailers, or, where it is nothing but trailers, without its
   * status.
   */
  readonly dropTrailers?: boolean;
  /** gRPC: the stream is reset after so many messages of the answer. */
  readonly cutAfterMessages?: number;
}

/**
 * Returns what several toxics do to one request together, in the order in which they were put on:
 * delays add up, the first abort wins, headers are edited in turn, the last body wins, and of
 * several limits the strictest applies. No plans give an empty plan.
 */
export function mergePlans(plans: readonly RequestPlan[]): RequestPlan {
  return plans.reduce(merge, {});
}

function merge(a: RequestPlan, b: RequestPlan): RequestPlan {
  const merged = {
    delayNs: joined(a.delayNs, b.delayNs, (x, y) => x + y),
    abort: a.abort ?? b.abort,
    requestHeaders: joined(a.requestHeaders, b.requestHeaders, (x, y) => [...x, ...y]),
    responseHeaders: joined(a.responseHeaders, b.responseHeaders, (x, y) => [...x, ...y]),
    replaceBody: b.replaceBody ?? a.replaceBody,
    truncateAfterBytes: joined(a.truncateAfterBytes, b.truncateAfterBytes, Math.min),
    bodyRates: joined(a.bodyRates, b.bodyRates, (x, y) => [...x, ...y]),
    dropTrailers: joined(a.dropTrailers, b.dropTrailers, (x, y) => x || y),
    cutAfterMessages: joined(a.cutAfterMessages, b.cutAfterMessages, Math.min),
  };
  const said = Object.entries(merged).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as RequestPlan;
}

function joined<T>(a: T | undefined, b: T | undefined, join: (a: T, b: T) => T): T | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : join(a, b);
}
