import type { EdgeTuning, Tuning } from '../../../src/advise/index.ts';
import { compareCurrent, type Stack, STACKS } from '../../../src/advise/stacks/index.ts';
import { policyWith, PROTECTION } from './sample-exports.ts';

export const AGAIN = edge('inventory', 'GET /api/stock', 'GET', 3);
export const ONCE = edge('payment', 'GET /api/cards', 'GET', 1);
export const CHARGE = edge('payment', 'POST /api/charges', 'POST', 1);

/** Returns how a file with this text differs from what is recommended. */
export function compared(
  tuning: Tuning,
  text: string | Uint8Array,
  stacks: readonly Stack[] = STACKS,
) {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return compareCurrent(tuning, { path: 'in-use.conf', bytes }, stacks);
}

/** Returns what is in use of an edge by what it is called; other parts are as recommended. */
export function inUse(text: string, edges = [AGAIN, ONCE, CHARGE]) {
  const protectedEdges = edges.map((one) => ({ ...one, protection: PROTECTION }));
  const comparison = compared(tuningOf(protectedEdges), text);
  const byEdge: Record<string, Record<string, string>> = {};
  for (const { edge: of, name, inUse: own } of comparison.differences) {
    const title = of.replace(/^orders → /u, '').replaceAll(/ +/gu, ' ');
    byEdge[title] = { ...byEdge[title], [name]: own };
  }
  return { ...comparison, byEdge };
}

export function rpcTuning(): Tuning {
  const request = { httpMethod: '', path: '', rpcService: 'shop.Stock', rpcMethod: 'Get' };
  return tuningOf([{ ...AGAIN, operation: 'shop.Stock/Get', request }]);
}

export function tuningOf(edges: readonly EdgeTuning[]): Tuning {
  const run = { runId: '6920b6a75d1f3c09', scenario: 'checkout', startedEpochMs: 0 };
  return { runs: [{ ...run, healthyNs: 30e9, doubts: [] }], edges };
}

export function edge(
  callee: string,
  operation: string,
  httpMethod: string,
  attempts: number,
): EdgeTuning {
  const path = operation.split(' ')[1] ?? '';
  return {
    ...{ kind: 'service', caller: 'orders', callee, operation, ratePerSec: 100 },
    request: { httpMethod, path, rpcService: '', rpcMethod: '' },
    advice: {
      ...{ kind: 'service', caller: 'orders', callee, operation },
      ...{ n: 12_000, failed: 0, timeouts: [] },
    },
    retries: {
      reason: 'may-help',
      idempotence: 'by-method',
      again: { retried: 0, failedAgain: 0, lower: 0, upper: 1, verdict: 'never-seen' },
      failureRatio: 0,
      failureUpper: 0.001,
    },
    worstLoad: { path: ['orders', callee], attempts, withBudgets: 1 },
    policy: policyWith(attempts, attempts > 1 ? 'transient' : 'nothing'),
    settings: [],
  };
}
