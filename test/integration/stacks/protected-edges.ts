import type { Protection } from '../../../src/advise/index.ts';
import { longestCallNs } from '../../../src/advise/call-policy.ts';
import type { ExportedEdge } from '../../../src/advise/stacks/index.ts';
import { NS_PER_MS } from '../../../src/core/index.ts';
import { exportedEdge, policyWith } from '../../advise/stacks/sample-exports.ts';

export const HEDGE_MS = 400;
export const CONCURRENT = 4;
export const BURST = 3;
/** So few that no test waits for the next. */
export const LIMIT_PER_SEC = 2;
export const IN_A_ROW = 4;
export const SLEEP_MS = 1_000;
/** What an attempt may take: longer than any of these tests. */
const PATIENT_MS = 20_000;

const ROOMY = { bulkhead: { concurrent: 1_000, whenHung: 1_000 } } as const;

/** An operation for each part of what protects a caller, by itself. */
export const PROTECTED = {
  crowded: edge('crowded', 1, { bulkhead: { concurrent: CONCURRENT, whenHung: 50 } }),
  hedged: edge('hedged', 2, {
    ...ROOMY,
    hedge: {
      delayNs: HEDGE_MS * NS_PER_MS,
      ...{ extraRatio: 0.05, p999Ns: 1e9, predictedP999Ns: 5e8 },
    },
  }),
  limited: edge('limited', 1, {
    ...ROOMY,
    rateLimit: { perSec: LIMIT_PER_SEC, burst: BURST },
  }),
  broken: edge('broken', 1, {
    ...ROOMY,
    breaker: {
      ...{ windowCalls: 10, failureRatio: 0.4, windowNs: 1_000 * NS_PER_MS },
      ...{ sleepNs: SLEEP_MS * NS_PER_MS, inARow: IN_A_ROW, isSleepMeasured: true, probes: 5 },
    },
  }),
} as const satisfies Record<string, ExportedEdge>;

export type Protected = keyof typeof PROTECTED;

function edge(key: string, attempts: number, protection: Protection): ExportedEdge {
  const times = {
    ...policyWith(attempts, attempts > 1 ? 'transient' : 'nothing'),
    attemptTimeoutNs: PATIENT_MS * NS_PER_MS,
    backoff: { baseNs: 10 * NS_PER_MS, capNs: 10 * NS_PER_MS, jitter: 'full' as const },
  };
  const policy = { ...times, totalTimeoutNs: longestCallNs(times) };
  return exportedEdge(policy, { key, callee: 'stock', path: `/${key}`, protection });
}
