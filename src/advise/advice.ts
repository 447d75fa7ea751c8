import type { Ns, Ratio } from '../core/index.ts';

/** How much the tail of the sample carries: the number of calls past the percentile. */
export type Grade = 'low' | 'medium' | 'high';

/** Recommended timeouts of a run. */
export interface TimeoutAdvice {
  /** In the order of the analysis: the harness's own edges first. */
  readonly edges: readonly EdgeAdvice[];
  /** One per target with at least one connection opened in healthy time. */
  readonly connects: readonly ConnectAdvice[];
}

/** What one attempt on an edge may take. */
export interface EdgeAdvice {
  readonly kind: 'harness' | 'service';
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
  readonly n: number;
  /** Failed attempts, whose durations say nothing about success. */
  readonly failed: number;
  /**
   * One per entry of SUCCESS_PERCENTS, in that order; before them that of FALLBACK_PERCENT where
   * the first is refused for want of calls and this one is not.
   */
  readonly timeouts: readonly TimeoutRecommendation[];
}

export interface ConnectAdvice {
  readonly target: string;
  readonly n: number;
  /** For the success of 99.9% of connections. */
  readonly timeout: TimeoutRecommendation;
}

export type TimeoutRecommendation = RecommendedTimeout | RefusedTimeout;

export interface RecommendedTimeout {
  readonly kind: 'recommended';
  /** The share of attempts that shall not be cut off, in percent. */
  readonly successPercent: number;
  readonly timeoutNs: Ns;
  /** The one-sided 95% upper bound of the percentile, from which it was derived. */
  readonly upperBoundNs: Ns;
  readonly p50Ns: Ns;
  /** Expected calls past the percentile: n * (1 - p). */
  readonly tailCount: number;
  readonly grade: Grade;
  /** Absent where the promise does not depend on attempts that were cut off. */
  readonly unseen?: UnseenTail;
}

/** What a sample does not show of a timeout: attempts that were given up earlier than it would. */
export interface UnseenTail {
  /** Given up by a shorter timeout, or for a hedge that answered first. */
  readonly attempts: number;
  /** The longest that any was waited for, where the timeout is longer; else absent. */
  readonly waitedNs?: Ns;
  /** The share that the timeout cuts off if all of those had lasted longer than it. */
  readonly worstRatio: Ratio;
}

export interface RefusedTimeout {
  readonly kind: 'refused';
  readonly successPercent: number;
  readonly tailCount: number;
  /**
   * `sample`: too few attempts; `censored`: too many were cut off to know how long they take;
   * `spans`: the services' spans of a part of the calls are missing, and not a part by chance.
   */
  readonly reason: 'sample' | 'censored' | 'spans';
  /**
   * Attempts that are wanted; 0 for `spans`; for `censored` the number is met and a longer timeout
   * is wanted.
   */
  readonly neededN: number;
  /**
   * Whether the run is too short to tell how alike its calls are, so that the most was assumed:
   * fewer may do.
   */
  readonly neededIsBound: boolean;
  /** How long that takes at the edge's rate in this run; 0 where there was no rate. */
  readonly neededNs: Ns;
}
