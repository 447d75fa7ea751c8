import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';

/** What all machines, and those of others, are set to where they can be. */
export const RETRY = {
  attempts: 3,
  on: { connect: true, reset: true, timeout: true, statuses: [429, 503] },
  backoff: { baseNs: 25 * NS_PER_MS, capNs: 250 * NS_PER_MS, jitter: 'full' },
  budget: { ratio: 0.2, minPerSec: 10, ttlNs: 10 * NS_PER_SEC },
} as const;

export const BREAKER = {
  failureRatio: 0.5,
  volume: 20,
  windowNs: 10 * NS_PER_SEC,
  sleepNs: 60 * NS_PER_SEC,
  probes: 5,
  slow: { fromNs: NS_PER_SEC, ratio: 0.5 },
} as const;

export const BULKHEAD = { calls: 50, waiting: 10 } as const;

/** No call is refused, so that all go the whole way. */
export const LIMIT = { ratePerSec: 1_000_000, burst: 1_000, by: 'user' } as const;

export const HEDGE = { after: { quantile: 0.95 }, extraRatioMax: 0.05 } as const;

export const HEALTH = { passive: { outAfter: 5, outForNs: NS_PER_SEC } } as const;
