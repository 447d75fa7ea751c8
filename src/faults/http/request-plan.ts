import type { Ns } from '../../core/index.ts';
import type { ToxicWatcher } from '../active-toxic.ts';

/** What becomes of the headers of a request or an answer: taken away first, then set, then added. */
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
  /** The answer's body ends after so many bytes, though more was announced: then the connection (HTTP/2: the stream) is closed. */
  readonly truncateAfterBytes?: number;
  /** The answer's body goes no faster than the slowest of them. */
  readonly bodyRates?: readonly BodyRate[];
  /** gRPC: the answer ends without its trailers, or, where it is nothing but trailers, without its status. */
  readonly dropTrailers?: boolean;
  /** gRPC: the stream is reset after so many messages of the answer. */
  readonly cutAfterMessages?: number;
}
