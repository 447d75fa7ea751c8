import type { Ns, RatePerSec, Ratio } from '../core/index.ts';

/**
 * What a caller does about calls that are slow or fail. A call is what a step makes; an attempt is
 * one sending of it. Every part is absent where it does nothing. Outermost first:
 *
 *     fallback > rate limit > bulkhead > total timeout > retry, hedge
 *              > of each attempt: breaker > endpoint > attempt timeout > driver
 */
export interface PolicySpec {
  /** As the scenario calls it; `step NAME`, `target NAME` for one that was written there. */
  readonly name: string;
  /** Of a call, with all its attempts and the waits between them. */
  readonly totalTimeoutNs?: Ns;
  /** Of one attempt, in place of its step's. */
  readonly attemptTimeoutNs?: Ns;
  /** Whether a call may be made twice; absent: as its method says. */
  readonly idempotent?: boolean;
  readonly retry?: RetrySpec;
  readonly hedge?: HedgeSpec;
  readonly breaker?: BreakerSpec;
  readonly bulkhead?: BulkheadSpec;
  readonly rateLimit?: RateLimitSpec;
  readonly fallback?: FallbackSpec;
}

export interface RetrySpec {
  /** In all, the first included; 2 or more. */
  readonly attempts: number;
  readonly on: RetryOn;
  readonly backoff: BackoffSpec;
  /** Absent: none, every retry is made. */
  readonly budget?: RetryBudgetSpec;
  /** Whether a retry goes to another endpoint of its target, where there is one. */
  readonly otherEndpoint: boolean;
}

/** Which failures of an attempt are followed by another. */
export interface RetryOn {
  /** No connection came about: nothing was sent. Of any call, idempotent or not. */
  readonly connect: boolean;
  /** The connection ended, or what came was no valid answer. */
  readonly reset: boolean;
  /** The attempt's timeout passed. */
  readonly timeout: boolean;
  /** Answers with one of these statuses of the step's protocol, ascending. */
  readonly statuses: readonly number[];
}

/**
 * The i-th wait is at most m = min(cap, base * 2^(i-1)): `full` draws it from 0 to m, `equal` from
 * m/2 to m, `none` takes m.
 */
export interface BackoffSpec {
  readonly baseNs: Ns;
  readonly capNs: Ns;
  readonly jitter: 'full' | 'equal' | 'none';
}

/** Retries are at most `ratio` of the calls of the last `ttlNs`, and `minPerSec` beside them. */
export interface RetryBudgetSpec {
  readonly ratio: Ratio;
  readonly minPerSec: RatePerSec;
  readonly ttlNs: Ns;
}

/** A second attempt beside the first, once that takes long; the first answer counts. */
export interface HedgeSpec {
  /** After a fixed time, or once the attempt has taken longer than this share of them. */
  readonly after: { readonly delayNs: Ns } | { readonly quantile: Ratio };
  /** Hedges are at most this share of the calls. */
  readonly extraRatioMax: Ratio;
}

export interface BreakerSpec {
  /** Opens where the share of failed attempts in the window is at least this; 0 < x <= 1. */
  readonly failureRatio: Ratio;
  /** Attempts of the window below which it does not open. */
  readonly volume: number;
  /** Of attempts that ended, in tenths. */
  readonly windowNs: Ns;
  /** How long it stays open before probes may go. */
  readonly sleepNs: Ns;
  /** Attempts that go while it is half-open: all went well, it closes; one failed, it opens. */
  readonly probes: number;
  /**
   * An attempt that takes longer counts as slow; absent: none does. Opens where at least this share
   * of the window, or of the probes, was; 0 < x <= 1.
   */
  readonly slow?: { readonly fromNs: Ns; readonly ratio: Ratio };
}

export interface BulkheadSpec {
  /** Most calls at once. */
  readonly calls: number;
  /** Most that wait for one of these to be over; past them a call is refused. */
  readonly waiting: number;
}

/** A token bucket: a call takes one token or is refused. */
export interface RateLimitSpec {
  readonly ratePerSec: RatePerSec;
  /** The most tokens that are there at once; 1 or more. */
  readonly burst: number;
  /** Who has a bucket of their own. */
  readonly by: 'all' | 'user' | 'address' | 'step';
}

/** The answer that a call has in place of a failure. */
export interface FallbackSpec {
  readonly status: number;
  /** '' for none; captures read it, checks do not. */
  readonly body: string;
}

/** Which of a target's endpoints an attempt goes to. */
export type BalanceSpec =
  | { readonly by: 'round-robin' | 'random' | 'least-connections' | 'least-response-time' }
  | { readonly by: 'two-choices' | 'source-hash' }
  /** Round robin by shares; as many as there are endpoints, whole, > 0. */
  | { readonly by: 'weighted'; readonly weights: readonly number[] }
  /** By the value of a header, or of the path where `header` is absent. */
  | { readonly by: 'consistent-hash'; readonly header?: string };

/** When an endpoint gets no attempts. */
export interface HealthSpec {
  /** A GET of a path, now and then; absent: none. */
  readonly active?: {
    readonly path: string;
    readonly everyNs: Ns;
    readonly timeoutNs: Ns;
    /** Checks in a row that failed, or went well, before it is out, or in again. */
    readonly outAfter: number;
    readonly inAfter: number;
  };
  /** Attempts in a row that failed before it is out, and for how long; absent: never. */
  readonly passive?: { readonly outAfter: number; readonly outForNs: Ns };
}
