import type { Ns } from '../core/index.ts';
// Not by the room's index, which loads what runs policies.
import { longestWaitNs } from '../resilience/backoff.ts';
import type { BackoffSpec, RetryBudgetSpec } from '../resilience/index.ts';

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
  readonly backoff: BackoffSpec;
  readonly budget: RetryBudgetSpec;
}

/** Returns the longest that each wait between attempts may be, in their order. */
export function longestWaitsNs(backoff: BackoffSpec, attempts: number): readonly Ns[] {
  return Array.from({ length: attempts - 1 }, (_, i) => longestWaitNs(backoff, i + 1));
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
