import type { Ns, Ratio, RatePerSec } from '../core/index.ts';

/**
 * What is sent again: nothing; what was surely never sent, since no connection came about; or any
 * failure that may pass: that, a reset, a timeout, `503`, gRPC's UNAVAILABLE.
 */
export type RetryOn = 'nothing' | 'connect' | 'transient';

/** How a caller is to make the calls of one edge, whatever its stack calls it. */
export interface CallPolicy {
  /** DNS, TCP and TLS together. */
  readonly connectTimeoutNs: Ns;
  /** Of one attempt, from the request on a connection to the end of its answer. */
  readonly attemptTimeoutNs: Ns;
  /** Of a call, with all its attempts and the waits between them. */
  readonly totalTimeoutNs: Ns;
  /** In all, the first included; 1 for no retries. */
  readonly attempts: number;
  readonly retryOn: RetryOn;
  /** Full jitter: the i-th wait is drawn between 0 and min(cap, base * 2^(i-1)). */
  readonly backoff: Backoff;
  readonly budget: RetryBudget;
}

export interface Backoff {
  readonly baseNs: Ns;
  readonly capNs: Ns;
}

/** Retries are at most `ratio` of the calls, and as many a second beside them. */
export interface RetryBudget {
  readonly ratio: Ratio;
  readonly minPerSec: RatePerSec;
}

/** Returns the longest that each wait between attempts may be, in their order. */
export function longestWaitsNs({ baseNs, capNs }: Backoff, attempts: number): readonly Ns[] {
  return Array.from({ length: attempts - 1 }, (_, i) => Math.min(capNs, baseNs * 2 ** i));
}

/**
 * Returns how long a call may take with all its attempts:
 *
 *   (A - 1) * R + the longest waits + T
 *
 * A: attempts; T: the timeout of one; R: how long one takes at most that is followed by another,
 * the connect timeout where only failed connections are, else T.
 */
export function longestCallNs({
  attempts,
  retryOn,
  ...policy
}: Omit<CallPolicy, 'totalTimeoutNs' | 'budget'>): Ns {
  const { connectTimeoutNs, attemptTimeoutNs, backoff } = policy;
  const retriedNs = retryOn === 'connect' ? connectTimeoutNs : attemptTimeoutNs;
  const waitsNs = longestWaitsNs(backoff, attempts).reduce((sum, ns) => sum + ns, 0);
  return (attempts - 1) * retriedNs + waitsNs + attemptTimeoutNs;
}
