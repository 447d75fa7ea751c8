import { describe, expect, it } from 'vitest';
import { compareCurrent, exportTuning, STACKS } from '../../../src/advise/stacks/index.ts';
import type { EdgeTuning, Tuning } from '../../../src/advise/index.ts';
import { policyWith } from './sample-exports.ts';

const AGAIN = edge('inventory', 'GET /api/stock', 'GET', 3);
const ONCE = edge('payment', 'GET /api/cards', 'GET', 1);

describe.each(STACKS.map((stack) => [stack.name, stack] as const))('%s in use', (name, stack) => {
  const tuning = name === 'grpc' || name === 'dubbo' ? rpcTuning() : tuningOf([AGAIN, ONCE]);

  it('is equal to what is recommended where it was exported from that', () => {
    const compared = compareCurrent(tuning, exportTuning(tuning, stack), STACKS);
    expect(compared).toMatchObject({
      stack: stack.title,
      differences: [],
      missing: [],
      others: [],
    });
    expect(compared.equal).toHaveLength(tuning.edges.length);
  });

  it('differs in the parts that have changed since', () => {
    const before = tuningOf(
      tuning.edges.map((one) => ({
        ...one,
        policy: { ...policyWith(2, 'transient'), attemptTimeoutNs: 900e6 },
      })),
    );
    const { differences } = compareCurrent(tuning, exportTuning(before, stack), STACKS);
    const names = new Set(differences.map((one) => one.name));
    const hasTimeout = name !== 'grpc';
    expect(names.has('attempt timeout')).toBe(hasTimeout);
    const withAttempts = !['openfeign', 'hystrix', 'opossum'].includes(name);
    expect(names.has('attempts')).toBe(withAttempts);
    if (hasTimeout) {
      expect(differences.find((one) => one.name === 'attempt timeout')).toMatchObject({
        inUse: '900 ms',
        recommended: '700 ms',
      });
    }
  });
});

describe('what is in use', () => {
  it('names edges that the file lacks, and parts of it that are of no edge', () => {
    const [envoy] = STACKS;
    if (envoy === undefined) throw new Error('no stack');
    const text = exportTuning(tuningOf([AGAIN, edge('gone', 'GET /old', 'GET', 1)]), envoy);
    expect(compareCurrent(tuningOf([AGAIN, ONCE]), text, STACKS)).toMatchObject({
      missing: ['orders → payment  GET /api/cards'],
      others: ['gone-get-old'],
    });
  });

  it.each(['', 'a: [', '{"methodConfig": 3}', 'backend other\n    retries 3\n', 'null', '- 1'])(
    'is refused where %j has none of the edges',
    (text) => {
      expect(() => compareCurrent(tuningOf([AGAIN]), text, STACKS)).toThrow(
        'without any of inventory-get-api-stock',
      );
    },
  );
});

function rpcTuning(): Tuning {
  const request = { httpMethod: '', path: '', rpcService: 'shop.Stock', rpcMethod: 'Get' };
  return tuningOf([{ ...AGAIN, operation: 'shop.Stock/Get', request }]);
}

function tuningOf(edges: readonly EdgeTuning[]): Tuning {
  const run = { runId: '6920b6a75d1f3c09', scenario: 'checkout', startedEpochMs: 0 };
  return { runs: [{ ...run, healthyNs: 30e9, doubts: [] }], edges };
}

function edge(callee: string, operation: string, httpMethod: string, attempts: number): EdgeTuning {
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
