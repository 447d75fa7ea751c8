import { describe, expect, it } from 'vitest';
import { analyzeRun, type RunAnalysis } from '../../src/analyze/index.ts';
import { NS_PER_SEC } from '../../src/core/index.ts';
import { policyRun } from '../report/policy-run.ts';
import { healthyRun } from '../report/sample-runs.ts';
import { memorySource, type StoredRun } from './memory-source.ts';

async function stepOf(name: string, stored: StoredRun = policyRun()) {
  const found = (await analysisOf(stored)).steps.find(({ step }) => step === name);
  if (!found) throw new Error(`the run has no step ${name}`);
  return found;
}

function analysisOf(stored: StoredRun): Promise<RunAnalysis> {
  return analyzeRun(memorySource(stored), stored.run.runId);
}

describe('what a policy did', () => {
  it('is summed up per step, over the measured phases and in each of them', async () => {
    const { policy, overall, phases } = await stepOf('create-order');
    // 100 a second for 30 s, and those that were refused or had a fallback besides.
    expect(overall.calls).toBe(3_400);
    expect(policy).toMatchObject({
      calls: 3_400,
      attempts: 3_740,
      amplification: 1.1,
      retries: 340,
      retriesDenied: 12,
      rejected: 300,
      breakerRejected: 412,
      bulkheadRejected: 3,
      rateLimited: 0,
      fallbacks: 100,
    });
    expect(phases).toMatchObject([{ phase: 'steady', policy: { attempts: 3_740 } }]);
  });

  it('has the time for which the breaker was open, second by second', async () => {
    const { policy } = await stepOf('create-order');
    expect(policy?.breaker).toEqual({
      opened: 1,
      openRatio: 4.5 / 30,
      seconds: [20, 21, 22, 23, 24].map((second) => ({ second, openRatio: second > 20 ? 1 : 0.5 })),
    });
    expect((await stepOf('look')).policy).not.toHaveProperty('breaker');
  });

  it('has a breaker of each sending thread', async () => {
    const run = policyRun();
    const counters = run.counters?.map((one) =>
      one.counter === 'sender_ns' ? { ...one, value: 60 * NS_PER_SEC } : one,
    );
    const { policy } = await stepOf('create-order', { ...run, ...(counters && { counters }) });
    expect(policy?.breaker).toMatchObject({ openRatio: 4.5 / 60 });
    expect(policy?.breaker?.seconds[1]).toEqual({ second: 21, openRatio: 0.5 });
  });

  it('has the share of each endpoint', async () => {
    const { policy } = await stepOf('create-order');
    expect(policy?.endpoints).toEqual([
      { endpoint: '127.0.0.1:7101', attempts: 1_860, ratio: 1_860 / 3_740 },
      { endpoint: '127.0.0.1:7111', attempts: 1_870, ratio: 0.5 },
      { endpoint: '127.0.0.1:7121', attempts: 10, ratio: 10 / 3_740 },
    ]);
  });

  it('is absent for a step without one, and asks the source nothing more', async () => {
    const source = memorySource(healthyRun());
    const asked = { ...source, counterSeconds: () => Promise.reject(new Error('was asked')) };
    const { steps, edges } = await analyzeRun(asked, healthyRun().run.runId);
    expect(steps[0]).not.toHaveProperty('policy');
    expect(edges[0]).not.toHaveProperty('retries');
  });

  it('leaves on the edge how many attempts followed a failed one, outside fault windows', async () => {
    const { edges } = await analysisOf(policyRun());
    expect(edges.find(({ operation }) => operation === 'create-order')).toMatchObject({
      retries: 340,
      cancelled: 0,
    });
    const fault = { fault: 'stall', placeKind: 'proxy', place: 'p', effect: 'latency' } as const;
    const times = { attributes: {}, fromNs: 9 * NS_PER_SEC, toNs: 12 * NS_PER_SEC };
    const stalled = await analysisOf({ ...policyRun(), windows: [{ ...fault, ...times }] });
    expect(stalled.edges.find(({ operation }) => operation === 'create-order')?.retries).toBe(0);
  });
});
