import fc from 'fast-check';
import type { CallPolicy, Protection, RetryOn } from '../../../src/advise/index.ts';
import { longestCallNs } from '../../../src/advise/call-policy.ts';
import type { ExportedEdge } from '../../../src/advise/stacks/index.ts';
import { NS_PER_MS } from '../../../src/core/index.ts';

const MS = NS_PER_MS;

interface EdgeChanges {
  readonly key?: string;
  readonly callee?: string;
  readonly operation?: string;
  readonly httpMethod?: string;
  readonly path?: string;
  readonly rpcService?: string;
  readonly rpcMethod?: string;
  /** null for none. */
  readonly protection?: Protection | null | undefined;
}

/** Returns an edge with whole ms in its policy. */
export function exportedEdge(policy: CallPolicy, changes: EdgeChanges = {}): ExportedEdge {
  const { httpMethod = 'GET', path = '/api/stock', rpcService = '', rpcMethod = '' } = changes;
  return {
    key: changes.key ?? 'inventory-get-api-stock',
    caller: 'orders',
    callee: changes.callee ?? 'inventory',
    operation: changes.operation ?? 'GET /api/stock',
    request: { httpMethod, path, rpcService, rpcMethod },
    policy,
    ...(changes.protection !== null && { protection: changes.protection ?? PROTECTION }),
    evidence: [
      'attempt timeout 99.9%: 700 ms (p99.9 ≤ 570 ms with 95% probability, grade medium)',
      'attempts: as its evidence says',
    ],
  };
}

/** Returns a policy of some attempts, with times for people. */
export function policyWith(attempts: number, retryOn: RetryOn): CallPolicy {
  const times = {
    connectTimeoutNs: 250 * MS,
    attemptTimeoutNs: 700 * MS,
    attempts,
    retryOn,
    backoff: { baseNs: 24 * MS, capNs: 240 * MS, jitter: 'full' as const },
  };
  return {
    ...times,
    totalTimeoutNs: longestCallNs(times),
    budget: { ratio: 0.05, minPerSec: 1, ttlNs: 10e9 },
  };
}

/** As of most edges: nothing is hedged, and no capacity is known. */
export const PROTECTION: Protection = {
  breaker: {
    windowCalls: 20,
    failureRatio: 0.3,
    windowNs: 20_000 * MS,
    sleepNs: 4_000 * MS,
    inARow: 4,
    isSleepMeasured: true,
    probes: 5,
  },
  bulkhead: { concurrent: 12, whenHung: 90 },
};

/** All that can be recommended. */
export const FULL_PROTECTION: Protection = {
  ...PROTECTION,
  hedge: { delayNs: 110 * MS, extraRatio: 0.05, p999Ns: 570 * MS, predictedP999Ns: 230 * MS },
  rateLimit: { perSec: 300, burst: 60 },
};

/** Draws policies as recommendations make them. */
export const POLICIES = fc
  .record({
    connectMs: fc.integer({ min: 1, max: 5_000 }),
    attemptMs: fc.integer({ min: 1, max: 60_000 }),
    baseMs: fc.integer({ min: 10, max: 2_000 }),
    kind: fc.constantFrom<readonly [number, RetryOn]>(
      [1, 'nothing'],
      [2, 'connect'],
      [2, 'transient'],
      [3, 'transient'],
    ),
    ratio: fc.integer({ min: 5, max: 20 }),
  })
  .map(({ connectMs, attemptMs, baseMs, kind: [attempts, retryOn], ratio }): CallPolicy => {
    const times = {
      connectTimeoutNs: connectMs * MS,
      attemptTimeoutNs: attemptMs * MS,
      attempts,
      retryOn,
      backoff: { baseNs: baseMs * MS, capNs: 10 * baseMs * MS, jitter: 'full' as const },
    };
    return {
      ...times,
      totalTimeoutNs: longestCallNs(times),
      budget: { ratio: ratio / 100, minPerSec: 1, ttlNs: 10e9 },
    };
  });

/** Requests of every kind: those that may be repeated, those that may not, and RPC. */
export const REQUESTS: readonly EdgeChanges[] = [
  { httpMethod: 'GET', path: '/api/stock' },
  { httpMethod: 'POST', path: '/api/charges' },
  { httpMethod: '', path: '' },
  { httpMethod: 'PUT', path: '/carts/{id}/items' },
  { httpMethod: '', path: '', rpcService: 'shop.Stock', rpcMethod: 'Reserve' },
];
