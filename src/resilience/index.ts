export {
  type Balancer,
  balancerFor,
  NO_ENDPOINT,
  type PickRequest,
  type UsableEndpoints,
} from './balancers/index.ts';
export { Backoff, longestWaitNs } from './backoff.ts';
export { Breaker, type BreakerListener, type BreakerState, REFUSED } from './breaker.ts';
export { Bulkhead } from './bulkhead.ts';
export { EndpointHealth } from './endpoint-health.ts';
export { HedgeDelay } from './hedge-delay.ts';
export { KeyedLimit, KEYS_MAX } from './keyed-limit.ts';
export type * from './policy.ts';
export { POLICY_PRESETS } from './presets.ts';
export { RetryBudget } from './retry-budget.ts';
export { type AttemptFailure, attemptFailure, isIdempotent, mayRetry } from './retry-decision.ts';
export { TokenBucket } from './token-bucket.ts';
