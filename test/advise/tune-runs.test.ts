import { describe, expect, it } from 'vitest';
import {
  tuneRuns,
  type EdgeTuning,
  type RunToTune,
  type TuneQuestion,
  type Tuning,
} from '../../src/advise/index.ts';
import { analyzeRun } from '../../src/analyze/index.ts';
import { NS_PER_MS, NS_PER_SEC } from '../../src/core/index.ts';
import { memorySource, type StoredRun } from '../analyze/memory-source.ts';
import { healthyRun, sampleSeconds, thinRun, troubledRun } from '../report/sample-runs.ts';

const HEALTHY = healthyRun();
const CHARGES = 'POST /api/charges';
const STOCK = 'GET /api/stock';
const REQUESTS = [
  ['callgauge', 'create-order', 'POST'],
  ['orders', CHARGES, 'POST'],
  ['orders', STOCK, 'GET'],
].map(([caller = '', operation = '', httpMethod = '']) => ({
  ...{ caller, operation, httpMethod },
  ...{ path: '', rpcService: '', rpcMethod: '' },
}));

describe('what callers should run with', () => {
  it('has two attempts for what may be repeated, under a budget', async () => {
    const { policy, retries } = edgeOf(await tune([HEALTHY]), STOCK);
    expect(retries).toMatchObject({ reason: 'may-help', idempotence: 'by-method' });
    expect(policy).toMatchObject({ attempts: 2, retryOn: 'transient', budget: { ratio: 0.05 } });
  });

  it('sends what is not idempotent again only where no connection came about', async () => {
    const tuning = await tune([HEALTHY]);
    expect(edgeOf(tuning, CHARGES).policy).toMatchObject({ attempts: 2, retryOn: 'connect' });
    const told = await tune([HEALTHY], { isTold: (operation) => operation === CHARGES });
    expect(edgeOf(told, CHARGES).policy).toMatchObject({ retryOn: 'transient' });
    expect(edgeOf(told, CHARGES).retries.idempotence).toBe('told');
  });

  it('has no retries where one after a failure is seen to fail again', async () => {
    const retries = [sentAgain({ retried: 200, failedAgain: 180 })];
    const edge = edgeOf(await tune([HEALTHY], { retries }), STOCK);
    expect(edge.retries).toMatchObject({ reason: 'fails-again', again: { retried: 200 } });
    expect(edge.policy).toMatchObject({ attempts: 1, retryOn: 'nothing' });
  });

  it('does not decide on few, and says yes where most go well', async () => {
    const few = [sentAgain({ retried: 4, failedAgain: 1 })];
    expect(edgeOf(await tune([HEALTHY], { retries: few }), STOCK).retries).toMatchObject({
      reason: 'may-help',
      again: { verdict: 'undecided' },
    });
    const many = [sentAgain({ retried: 200, failedAgain: 20 })];
    expect(edgeOf(await tune([HEALTHY], { retries: many }), STOCK).retries.reason).toBe('helps');
  });

  it('counts attempts that reached nobody to the edge of their operation', async () => {
    const retries = [{ ...sentAgain({ retried: 9, failedAgain: 9 }), callee: '' }];
    const { again } = edgeOf(await tune([HEALTHY], { retries }), STOCK).retries;
    expect(again).toMatchObject({ retried: 9, verdict: 'fails-again' });
  });

  it('has no retries in overload, and tells what shows it', async () => {
    const edge = edgeOf(await tune([troubledRun()]), 'create-order');
    expect(edge.retries.reason).toBe('overload');
    expect(edge.retries.overload).toContain('17 of 12,000 arrivals found no free slot');
    expect(edge.policy?.attempts).toBe(1);
    const attempts = edge.settings.find(({ name }) => name === 'attempts');
    expect(attempts?.value).toBe('1: no retries');
    expect(attempts?.restsOn).toContain('overload');
  });

  it('has none either where retries would load a target above its capacity', async () => {
    const searched = { ...(await runOf(HEALTHY)), capacity: { metPerSec: 410 } };
    const { retries } = tuneRuns({ ...NOTHING, runs: [await runOf(HEALTHY), searched] })
      .edges[0] as EdgeTuning;
    expect(retries.overload).toContain('410.0/s that met the objectives');
    const roomy = { ...searched, capacity: { metPerSec: 900 } };
    const { edges } = tuneRuns({ ...NOTHING, runs: [await runOf(HEALTHY), roomy] });
    expect(edges[0]?.retries.overload).toBeUndefined();
  });

  it('has none where the callee refuses for load, or cuts off too many, without any fault', async () => {
    const refused = [
      {
        ...{ caller: 'orders', callee: 'inventory', operation: STOCK },
        ...{ text: 'status 429', count: 40, traceIds: [] },
      },
    ];
    const busy = edgeOf(await tune([{ ...HEALTHY, failedAttempts: refused }]), STOCK);
    expect(busy.retries.reason).toBe('overload');
    expect(busy.retries.overload).toBe('40 attempts were refused for too much load');
    expect(busy.policy).toMatchObject({ attempts: 1, retryOn: 'nothing' });
    expect(busy.protection?.hedge).toBeUndefined();
    const few = [{ ...refused[0], text: 'status 503' }] as typeof refused;
    const other = edgeOf(await tune([{ ...HEALTHY, failedAttempts: few }]), STOCK);
    expect(other.retries.overload).toBeUndefined();
    const edges = (HEALTHY.edges ?? []).map((one) => ({
      ...one,
      seconds: one.seconds.map((second) => ({
        ...second,
        cutOff: { valueNs: [500 * NS_PER_MS], count: [10] },
      })),
    }));
    const cut = edgeOf(await tune([{ ...HEALTHY, edges }]), STOCK);
    expect(cut.retries.overload).toMatch(/of the attempts outside faults were cut off/u);
  });

  it('has slow calls during a fault for a sign: one that is cut off would be again', async () => {
    const fault = { fromSec: 15, toSec: 20, addMs: 250 };
    const shape = { seed: 2, ratePerSec: 400, fromSec: 0, toSec: 35, timeoutMs: 290, fault };
    const run = { ...troubledRun(), counters: [], seconds: sampleSeconds(shape) };
    const edge = edgeOf(await tune([run]), 'create-order');
    expect(edge.retries.overload).toMatch(/during payment-stall .* timed out and the median went/u);
  });

  it('of a small sample has the best bound that it carries, and a policy from 99% on', async () => {
    const edge = edgeOf(await tune([thinRun()]), CHARGES);
    expect(edge.advice.timeouts).toMatchObject([
      { kind: 'recommended', successPercent: 99 },
      { kind: 'refused', successPercent: 99.9 },
      { kind: 'refused', successPercent: 99.99 },
    ]);
    expect(edge.bestBound).toMatchObject({ successPercent: 99, grade: 'low' });
    expect(edge.policy?.attemptTimeoutNs).toBe(edge.bestBound?.timeoutNs);
    const [few] = thinRun().edges ?? [];
    const seconds = few?.seconds.slice(0, 4) ?? [];
    const tiny = { ...thinRun(), edges: few ? [{ ...few, seconds }] : [] };
    const refused = edgeOf(await tune([tiny]), CHARGES);
    expect(refused.bestBound?.successPercent).toBeLessThan(99);
    expect(refused.policy).toBeUndefined();
  });

  it('of several runs rests on the attempts of all of them', async () => {
    const one = await tune([HEALTHY]);
    const two = await tune([HEALTHY, HEALTHY]);
    expect(edgeOf(two, STOCK).advice.n).toBe(2 * edgeOf(one, STOCK).advice.n);
    // Runs of the same load have its rate, not the sum.
    expect(edgeOf(two, STOCK).ratePerSec).toBeCloseTo(edgeOf(one, STOCK).ratePerSec);
    expect(edgeOf(two, STOCK).settings[0]?.restsOn).toContain('in 2 runs');
    expect(edgeOf(two, STOCK).settings[0]?.restsOn).not.toContain('differ');
  });

  it('says where the runs differ', async () => {
    const slow = healthyRun();
    const edges = (slow.edges ?? []).map((edge) => ({
      ...edge,
      seconds: edge.seconds.map((second) => ({
        ...second,
        ok: { ...second.ok, valueNs: second.ok.valueNs.map((ns) => ns * 3) },
      })),
    }));
    const tuning = await tune([HEALTHY, { ...slow, edges }]);
    expect(edgeOf(tuning, STOCK).settings[0]?.restsOn).toContain('the runs differ');
  });

  it('says of attempts that were given up sooner what the timeout supposes of them', async () => {
    const edges = (HEALTHY.edges ?? []).map((edge) => ({
      ...edge,
      seconds: edge.seconds.map((second) => ({
        ...second,
        cutOff: { valueNs: [2 * NS_PER_MS], count: [1] },
      })),
    }));
    const cut = edgeOf(await tune([{ ...HEALTHY, edges }]), STOCK);
    expect(cut.advice.timeouts[0]).toMatchObject({ kind: 'recommended' });
    expect(cut.settings[0]?.restsOn).toMatch(
      /attempts were given up sooner than that: had they all lasted longer, [\d.]+% would be/u,
    );
    expect(cut.settings[0]?.changedBy).toContain('a longer timeout, no hedges');
    const { settings } = edgeOf(await tune([HEALTHY]), STOCK);
    expect(settings[0]?.restsOn).not.toContain('given up');
  });

  it('keeps to the deadline that is given', async () => {
    const deadlineNs = 20 * NS_PER_MS;
    for (const { policy } of (await tune([HEALTHY], { deadlineNs })).edges) {
      expect(policy?.totalTimeoutNs).toBeLessThanOrEqual(deadlineNs);
    }
  });

  it('needs as much more time for a sample of traces as its share is small', async () => {
    const { analysis } = await runOf(thinRun());
    const { edges, edgeErrors } = analysis;
    const time = { edges, edgeErrors, seenNs: 60 * NS_PER_SEC, attempts: 100 };
    const neededNs = (ratio: number) => {
      const traces = { analysis: time, fromEpochMs: 0, toEpochMs: 60_000, ratio };
      return tuneRuns({ ...NOTHING, runs: [], traces }).edges.flatMap(({ advice }) =>
        advice.timeouts.flatMap((one) => (one.kind === 'refused' ? [one.neededNs] : [])),
      );
    };
    const ofAll = neededNs(1);
    expect(Math.max(...ofAll)).toBeGreaterThan(0);
    for (const [i, ns] of neededNs(0.05).entries()) {
      expect(ns / 20).toBeCloseTo(ofAll[i] ?? 0, -1);
    }
  });

  it('says that none went well where all failed, and asks for no more of them', async () => {
    const edges = (HEALTHY.edges ?? []).map((edge) => ({ ...edge, seconds: [], failed: 5_000 }));
    const { settings } = edgeOf(await tune([{ ...HEALTHY, edges }]), STOCK);
    expect(settings[0]).toMatchObject({ value: 'not known' });
    expect(settings[0]?.restsOn).toMatch(/^none of 5,000 attempts went well/u);
  });

  it('says of every edge what each setting rests on', async () => {
    for (const run of [HEALTHY, troubledRun(), thinRun()]) {
      for (const { settings } of (await tune([run])).edges) {
        expect(settings.length).toBeGreaterThan(3);
        for (const { name, value, restsOn } of settings) {
          expect(value, name).not.toBe('');
          expect(restsOn, name).not.toBe('');
        }
      }
    }
  });
});

const NOTHING: Omit<TuneQuestion, 'runs'> = {
  retries: [],
  requests: REQUESTS,
  stages: [],
  isTold: () => false,
};

async function tune(
  stored: readonly StoredRun[],
  changes: Partial<TuneQuestion> = {},
): Promise<Tuning> {
  return tuneRuns({ ...NOTHING, runs: await Promise.all(stored.map(runOf)), ...changes });
}

const analysed = new Map<StoredRun, Promise<RunToTune['analysis']>>();

/** The same run is analysed once. */
async function runOf(stored: StoredRun): Promise<RunToTune> {
  const analysis = analysed.get(stored) ?? analyzeRun(memorySource(stored), 'latest');
  analysed.set(stored, analysis);
  return { analysis: await analysis };
}

function edgeOf({ edges }: Tuning, operation: string): EdgeTuning {
  const edge = edges.find((one) => one.operation === operation);
  if (edge === undefined) throw new Error(`no edge ${operation}`);
  return edge;
}

function sentAgain(counts: { readonly retried: number; readonly failedAgain: number }) {
  const edge = { caller: 'orders', callee: 'inventory', operation: STOCK };
  return { ...edge, calls: 12_000, attempts: 12_000 + counts.retried, ...counts };
}
