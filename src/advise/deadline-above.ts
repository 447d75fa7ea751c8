import type { Ns } from '../core/index.ts';
import type { CallPolicy } from './call-policy.ts';

/** An edge and how long its caller waits. */
export interface TimedEdge {
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
  readonly policy?: Pick<CallPolicy, 'attemptTimeoutNs' | 'totalTimeoutNs'>;
}

/** The call that a call is a part of, and how long that is waited for. */
export interface DeadlineAbove {
  readonly caller: string;
  readonly callee: string;
  readonly operation: string;
  readonly attemptTimeoutNs: Ns;
  /** By how much the call may take longer; 0 where it fits. */
  readonly passedByNs: Ns;
}

/**
 * Returns the deadline above an edge: of all calls to its caller, the one that is waited for
 * longest, so that a call that passes it passes those of all; undefined where nobody calls the
 * caller. Where deadlines are not handed on, each edge wants
 *
 *   attempt timeout of the caller's caller >= total deadline of the call
 *
 * or work goes on that nobody waits for. What the caller does beside the call comes on top, so that
 * a deadline that is not passed here may still be passed.
 */
export function deadlineAbove(
  edge: TimedEdge,
  edges: readonly TimedEdge[],
): DeadlineAbove | undefined {
  const { policy: own } = edge;
  if (own === undefined) return undefined;
  let longest: DeadlineAbove | undefined;
  for (const { caller, callee, operation, policy } of edges) {
    if (callee !== edge.caller || caller === edge.callee || policy === undefined) continue;
    const { attemptTimeoutNs } = policy;
    if (longest !== undefined && longest.attemptTimeoutNs >= attemptTimeoutNs) continue;
    const passedByNs = Math.max(0, own.totalTimeoutNs - attemptTimeoutNs);
    longest = { caller, callee, operation, attemptTimeoutNs, passedByNs };
  }
  return longest;
}
