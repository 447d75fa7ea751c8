import { describe, expect, it } from 'vitest';
import { analyzeRun } from '../../src/analyze/index.ts';
import { NS_PER_SEC, type FaultWindow, type HistogramSlice } from '../../src/core/index.ts';
import { STALL, stoppedRun, troubledRun } from '../report/sample-runs.ts';
import { histogramOf, memorySource, runRecord } from './memory-source.ts';

describe('analysing a run', () => {
  it('refuses a run that the source does not have', async () => {
    const source = memorySource({ run: runRecord(), seconds: [] });
    await expect(analyzeRun(source, 'ffffffffffffffff')).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
  });

  it('leaves the warm-up out of every number', async () => {
    const seconds = [
      slice({ second: 1, phase: 'warm-up' }, [90e6, 90e6]),
      slice({ second: 6 }, [10e6, 10e6, 10e6]),
    ];
    const analysis = await analyzeRun(memorySource({ run: runRecord(), seconds }), 'latest');
    expect(analysis.steps).toHaveLength(1);
    expect(analysis.steps[0]?.overall).toMatchObject({ calls: 3, response: { maxNs: 10e6 } });
    expect(analysis.steps[0]?.phases.map((p) => p.phase)).toEqual(['steady']);
  });

  it('counts outcomes apart, and keeps failures out of the durations', async () => {
    const seconds = [
      slice(
        { second: 6 },
        Array.from({ length: 90 }, () => 10e6),
      ),
      slice({ second: 6, outcome: 'timeout' }, [200e6, 200e6]),
      slice({ second: 6, outcome: 'cancelled' }, [1e6]),
      slice({ second: 7, outcome: 'transport' }, [1e3, 1e3, 1e3]),
      slice({ second: 7, outcome: 'status' }, [2e6]),
    ];
    const analysis = await analyzeRun(memorySource({ run: runRecord(), seconds }), 'latest');
    const calls = analysis.steps[0]?.overall;
    expect(calls).toMatchObject({
      calls: 97,
      outcomes: {
        ok: 90,
        status: 1,
        timeout: 2,
        transport: 3,
        cancelled: 1,
        dropped: 0,
        check: 0,
        rejected: 0,
        fallback: 0,
      },
      errors: 6,
      errorRatio: 6 / 96,
      timeoutRatio: 2 / 96,
      response: { n: 93, censored: 3, maxNs: 200e6, maxAtLeast: true },
    });
    expect(calls?.achievedPerSec).toBeCloseTo(97 / 30);
  });

  it('counts an answer that failed a check as an error, and times it like any answer', async () => {
    const ok = Array.from({ length: 38 }, () => 10e6);
    const slow = Array.from({ length: 2 }, () => 40e6);
    const seconds = (['response', 'service'] as const).flatMap((clock) =>
      Array.from({ length: 20 }, (_, i) => 6 + i).flatMap((second) => [
        slice({ second, clock }, ok),
        slice({ second, clock, outcome: 'check' }, slow),
      ]),
    );
    const analysis = await analyzeRun(memorySource({ run: runRecord(), seconds }), 'latest');
    const [edge] = analysis.edges;
    for (const clock of [
      analysis.steps[0]?.overall.response,
      analysis.steps[0]?.overall.service,
      edge?.attempt,
    ]) {
      expect(clock).toMatchObject({ n: 800, censored: 0, maxNs: 40e6 });
      expect(clock?.percentiles.find((p) => p.percent === 99)).toMatchObject({ valueNs: 40e6 });
    }
    expect(analysis.steps[0]?.overall.errors).toBe(40);
    expect(edge?.failed).toBe(0);
  });

  it('takes the lag of the run and of each phase from the arrivals', async () => {
    const lag = { step: '', target: '', clock: 'lag' } as const;
    const seconds = [
      slice({ second: 1, phase: 'warm-up', ...lag }, [900e3]),
      slice({ second: 6, ...lag }, [1e3, 2e3]),
    ];
    const analysis = await analyzeRun(memorySource({ run: runRecord(), seconds }), 'latest');
    expect(analysis.lag).toMatchObject({ n: 2, maxNs: 2e3 });
    expect(analysis.phases.map((p) => p.lag.maxNs)).toEqual([900e3, 2e3]);
    expect(analysis.steps).toEqual([]);
  });

  it('adds up the counters of measured phases, and sets what was wanted beside what came', async () => {
    const stored = { ...troubledRun(), seconds: [] };
    const warmUp = {
      second: 0,
      phase: 'warm-up',
      step: '',
      counter: 'arrivals',
      value: 7,
    } as const;
    const counters = [...(stored.counters ?? []), warmUp];
    const source = memorySource({ ...stored, counters });
    const analysis = await analyzeRun(source, 'latest', { wantedArrivals: { steady: 12_001 } });
    expect(analysis.counters).toMatchObject({ arrivals: 12_000, droppedArrivals: 17 });
    expect(analysis.phases.map((p) => [p.wantedArrivals, p.arrivals])).toEqual([
      [undefined, 7],
      [12_001, 12_000],
    ]);
  });

  it('is plain data that JSON gives back as it was', async () => {
    const analysis = await analyzeRun(memorySource(troubledRun()), 'latest');
    expect(JSON.parse(JSON.stringify(analysis))).toEqual(analysis);
  });

  it('gives the same for the same run, and leaves what it read alone', async () => {
    const stored = troubledRun();
    const before = structuredClone(stored);
    const first = await analyzeRun(memorySource(stored), 'latest');
    expect(await analyzeRun(memorySource(stored), 'latest')).toEqual(first);
    expect(stored).toEqual(before);
  });
});

describe('healthy time', () => {
  it('is the measured phases without fault windows and a second on both sides', async () => {
    const source = memorySource(troubledRun());
    const { healthy } = await analyzeRun(source, 'latest');
    const expected = [
      { fromNs: 5 * NS_PER_SEC, toNs: 14.02 * NS_PER_SEC },
      { fromNs: 20.98 * NS_PER_SEC, toNs: 35 * NS_PER_SEC },
    ];
    expect(healthy.ranges).toEqual(expected);
    expect(source.asked.edges).toEqual(expected);
    expect(source.asked.slowest).toEqual(['steady']);
    // Seconds 14 to 20 touch the window or its guard.
    expect(healthy.seconds).toBe(23);
  });

  it('keeps a fault out of the edges and shows it in its window', async () => {
    const analysis = await analyzeRun(memorySource(troubledRun()), 'latest');
    const [fault] = analysis.faults;
    const [effect] = fault?.steps ?? [];
    expect(effect?.during.calls).toBe(2_000);
    expect(p50(effect?.during.response)).toBeGreaterThan(200e6);
    expect(p50(effect?.before.response)).toBeLessThan(14e6);
    const own = analysis.edges.filter((e) => e.kind === 'harness');
    expect(own).toMatchObject([
      { caller: 'callgauge', callee: 'orders', operation: 'create-order' },
    ]);
    expect(own[0]?.attempt.maxNs).toBeLessThan(100e6);
    expect(own[0]?.ratePerSec).toBeCloseTo((own[0]?.attempt.n ?? 0) / 23);
  });

  it('asks for no edges where a fault covers all', async () => {
    const stored = troubledRun();
    const whole: FaultWindow = { ...STALL, fromNs: 0, toNs: 60 * NS_PER_SEC };
    const source = memorySource({ ...stored, windows: [whole] });
    const analysis = await analyzeRun(source, 'latest');
    expect(source.asked.edges).toBeUndefined();
    expect(analysis.edges).toEqual([]);
    expect(analysis.healthy).toMatchObject({ ranges: [], seconds: 0 });
  });

  it('takes connections from every phase, but not from a fault window', async () => {
    const connect = { step: '', clock: 'connect' } as const;
    const seconds = [
      slice({ second: 0, phase: 'warm-up', ...connect }, [1e6, 1e6]),
      slice({ second: 17, ...connect }, [900e6]),
      slice({ second: 30, ...connect }, [2e6]),
    ];
    const source = memorySource({ run: runRecord(), seconds, windows: [STALL] });
    const { connects } = await analyzeRun(source, 'latest');
    expect(connects).toMatchObject([{ target: 'orders', connect: { n: 3, maxNs: 2e6 } }]);
  });
});

describe('a run that did not end as planned', () => {
  it('is marked, and its rate is over the time that it had', async () => {
    const analysis = await analyzeRun(memorySource(stoppedRun()), 'latest');
    expect(analysis.partial).toBe(true);
    expect(analysis.measuredNs).toBe(10.73 * NS_PER_SEC);
    expect(analysis.phases.map((p) => p.ranNs)).toEqual([5 * NS_PER_SEC, 10.73 * NS_PER_SEC]);
    expect(analysis.steps[0]?.overall.achievedPerSec).toBeCloseTo(4_400 / 10.73);
  });

  it('is read as far as its last second where its process died', async () => {
    const stored = stoppedRun();
    const run = { ...stored.run, status: 'running' as const, endedEpochMs: 0 };
    const analysis = await analyzeRun(memorySource({ ...stored, run }), 'latest');
    expect(analysis.partial).toBe(true);
    expect(analysis.measuredNs).toBe(11 * NS_PER_SEC);
  });

  it('without a single call is an analysis without steps', async () => {
    const run = runRecord({ status: 'running', endedEpochMs: 0 });
    const analysis = await analyzeRun(memorySource({ run, seconds: [] }), 'latest');
    expect(analysis).toMatchObject({ partial: true, measuredNs: 0, steps: [], edges: [] });
  });
});

describe('slow calls', () => {
  it('are told from the attributes of the harness span', async () => {
    const analysis = await analyzeRun(memorySource(troubledRun()), 'latest');
    expect(analysis.slowestCalls[0]).toEqual({
      traceId: '6920b6a75d1f3c09000000a1b2c3d4e5',
      step: 'create-order',
      phase: 'steady',
      outcome: 'timeout',
      sentNs: 15.4 * NS_PER_SEC,
      responseNs: 413e6,
      serviceNs: 412e6,
      fault: 'payment-stall',
    });
  });
});

function slice(
  changes: Partial<HistogramSlice> & { readonly second: number },
  values: readonly number[],
): HistogramSlice {
  return {
    phase: 'steady',
    step: 'create-order',
    target: 'orders',
    outcome: 'ok',
    clock: 'response',
    ...histogramOf(values),
    ...changes,
  };
}

function p50(clock: { readonly percentiles: readonly object[] } | undefined): number {
  const [median] = clock?.percentiles ?? [];
  return median !== undefined && 'valueNs' in median ? Number(median.valueNs) : Number.NaN;
}
