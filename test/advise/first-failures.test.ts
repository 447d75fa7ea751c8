import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failsAgain } from '../../src/advise/fails-again.ts';
import { failuresOf } from '../../src/advise/retry-advice.ts';
import { tuneRuns } from '../../src/advise/index.ts';
import {
  analyzeRun,
  EMPTY_SAMPLE,
  proportionBounds,
  summarizeClock,
  type EdgeAnalysis,
} from '../../src/analyze/index.ts';
import { NS_PER_MS, type CounterSlice, type HistogramSlice } from '../../src/core/index.ts';
import { histogramOf, memorySource } from '../analyze/memory-source.ts';
import { healthyRun } from '../report/sample-runs.ts';

const NEVER = { retried: 0, failedAgain: 0, lower: 0, upper: 1, verdict: 'never-seen' } as const;

/** Returns an edge with so many attempts that were answered, cut off, and failed. */
function edgeOf(counts: {
  readonly answered: number;
  readonly cutOff: number;
  readonly failed: number;
  readonly retries?: number;
  readonly cancelled?: number;
}): EdgeAnalysis {
  const { answered, cutOff, ...rest } = counts;
  const of = (count: number) =>
    count === 0 ? EMPTY_SAMPLE.exact : { valueNs: [5 * NS_PER_MS], count: [count] };
  return {
    kind: 'harness',
    caller: 'callgauge',
    callee: 'orders',
    operation: 'create-order',
    ratePerSec: 1,
    attempt: summarizeClock({ exact: of(answered), censored: of(cutOff) }),
    ...rest,
  };
}

describe('the failures of an edge that a policy sent calls on again', () => {
  it('are those of first attempts, whatever became of the retries', () => {
    // Of a call: how many of its attempts failed, and whether another went well then.
    const call = fc.record({ failed: fc.integer({ min: 0, max: 3 }), wellThen: fc.boolean() });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 300 }), (calls) => {
        const sent = calls.map(({ failed, wellThen }) => ({
          failed,
          attempts: failed + (wellThen || failed === 0 ? 1 : 0),
        }));
        const sum = (of: (one: (typeof sent)[number]) => number): number =>
          sent.reduce((all, one) => all + of(one), 0);
        const failed = sum((one) => one.failed);
        const retries = sum((one) => one.attempts - 1);
        const failedAgain = sum((one) => Math.max(0, one.failed - 1));
        const edge = edgeOf({
          answered: sum((one) => one.attempts) - failed,
          cutOff: 0,
          failed,
          retries,
        });
        const outcome = {
          ...{ caller: 'callgauge', callee: 'orders', operation: 'create-order' },
          ...{ calls: calls.length, attempts: sum((one) => one.attempts) },
          ...{ retried: retries, failedAgain },
        };
        const first = sent.filter((one) => one.failed > 0).length;
        const { failureRatio, failureUpper } = failuresOf(
          edge,
          failsAgain(edge, [edge], [outcome]),
        );
        expect(failureRatio).toBeCloseTo(first / calls.length, 9);
        expect(failureUpper).toBeGreaterThanOrEqual(proportionBounds(first, calls.length).upper);
      }),
    );
  });

  it('are all of its attempts where nothing was sent again', () => {
    const { failureRatio } = failuresOf(edgeOf({ answered: 80, cutOff: 5, failed: 15 }), NEVER);
    expect(failureRatio).toBe(0.2);
  });

  it('are not the attempts that were given up for another', () => {
    const counts = { answered: 80, cutOff: 20, failed: 0, retries: 0, cancelled: 20 };
    expect(failuresOf(edgeOf(counts), NEVER).failureRatio).toBe(0);
  });
});

describe('tune', () => {
  it('takes hedges that were given up for no sign of overload', async () => {
    const run = healthyRun();
    const key = { phase: 'steady', step: 'create-order' } as const;
    const lost = Array.from({ length: 30 }, (_, i): HistogramSlice => ({
      ...{ ...key, second: 5 + i, target: 'orders', outcome: 'cancelled', clock: 'service' },
      ...histogramOf(Array.from({ length: 40 }, () => 20 * NS_PER_MS)),
    }));
    const hedges: CounterSlice = { ...key, second: 6, counter: 'attempts', value: 13_200 };
    const stored = {
      ...run,
      seconds: [...run.seconds, ...lost],
      counters: [...(run.counters ?? []), { ...hedges, second: 0 }],
      counterSeconds: [hedges],
    };
    const analysis = await analyzeRun(memorySource(stored), run.run.runId);
    const { edges } = tuneRuns({
      runs: [{ analysis }],
      retries: [],
      requests: [],
      stages: [],
      isTold: () => false,
    });
    const own = edges.find(({ operation }) => operation === 'create-order');
    expect(own?.retries).toMatchObject({ failureRatio: 0 });
    expect(own?.retries.overload).toBeUndefined();
  });
});
