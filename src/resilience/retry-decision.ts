import { type OutcomeCode, STATUS, TIMEOUT, TRANSPORT } from '../core/index.ts';
import type { RetryOn } from './policy.ts';

/**
 * How an attempt failed, as a policy knows it. `connect`: nothing of it was sent, whatever the
 * reason; `status`: an answer came whole, with a status that its step does not accept.
 */
export type AttemptFailure = 'connect' | 'reset' | 'timeout' | 'status';

/**
 * Returns how an attempt with this outcome failed; undefined for one after which no other is made:
 * it went well, was cancelled or dropped, or its answer failed a check, which another would too.
 */
export function attemptFailure(outcome: OutcomeCode, wasSent: boolean): AttemptFailure | undefined {
  switch (outcome) {
    case STATUS:
      return 'status';
    case TIMEOUT:
      return wasSent ? 'timeout' : 'connect';
    case TRANSPORT:
      return wasSent ? 'reset' : 'connect';
    default:
      return undefined;
  }
}

/**
 * Returns whether a failed attempt may be followed by another one. A call that must not be made
 * twice may where nothing was sent, and nowhere else. `status` matters for a `status` alone.
 */
export function mayRetry(
  on: RetryOn,
  failure: AttemptFailure,
  status: number,
  idempotent: boolean,
): boolean {
  if (failure === 'connect') return on.connect;
  if (!idempotent) return false;
  switch (failure) {
    case 'reset':
      return on.reset;
    case 'timeout':
      return on.timeout;
    case 'status':
      return on.statuses.includes(status);
  }
}

/** @see RFC 9110, 9.2.2 */
const IDEMPOTENT_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
]);

/**
 * Returns whether a request of this method may be made twice, as HTTP has it. Upper case counts; a
 * method that HTTP does not name may not. gRPC's calls are POSTs.
 */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT_METHODS.has(method);
}
