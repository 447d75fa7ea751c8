import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  endpointCounter,
  statusCounter,
  type CounterSlice,
  type HistogramSlice,
  type SparseHistogram,
} from '../../../src/core/index.ts';
import type { QuantileEstimate } from '../../../src/export/prometheus/index.ts';
import {
  RunMetrics,
  type MetricsUpdate,
  type RunMetricsOptions,
} from '../../../src/export/prometheus/run-metrics.ts';
import { BUCKET_BOUNDS_SEC } from '../../../src/export/prometheus/weighted-histogram.ts';

const NOTHING: MetricsUpdate = {
  histograms: [],
  counters: [],
  connectErrors: [],
  wantedRatePerSec: 0,
  faults: [],
};

describe('RunMetrics', () => {
  it('names the run and the wanted rate', async () => {
    const metrics = runMetrics();
    metrics.update({ ...NOTHING, wantedRatePerSec: 400 });
    const text = await metrics.text();
    expect(text).toContain('callgauge_run_info{run_id="655d0a00c0ffee00",scenario="checkout"} 1\n');
    expect(text).toContain('callgauge_wanted_rate 400\n');
  });

  it('counts every call once, whatever its outcome, and starts each outcome at 0', async () => {
    const metrics = runMetrics();
    metrics.update({
      ...NOTHING,
      histograms: [
        slice({ outcome: 'ok', count: [5, 2] }),
        slice({ outcome: 'ok', clock: 'service', count: [5, 2] }),
        slice({ outcome: 'status', count: [1, 0] }),
        slice({ outcome: 'dropped', count: [9, 0] }),
      ],
    });
    expect(await values(metrics, 'callgauge_calls_total')).toEqual({
      ok: 7,
      status: 1,
      timeout: 0,
      transport: 0,
      cancelled: 0,
      check: 0,
      rejected: 0,
      fallback: 0,
    });
  });

  it('counts what policies did per step, attempts by endpoint, from 0 on', async () => {
    const metrics = runMetrics();
    const of = { second: 0, phase: 'steady', step: 'create' } as const;
    metrics.update({
      ...NOTHING,
      counters: [
        { ...of, counter: 'retries', value: 3 },
        { ...of, counter: 'breaker_open_ns', value: 250_000_000 },
        { ...of, counter: endpointCounter('10.0.0.7:8080'), value: 5 },
      ],
    });
    const text = await metrics.text();
    const labels = 'phase="steady",step="create"';
    expect(text).toContain(`callgauge_retries_total{${labels}} 3`);
    expect(text).toContain(`callgauge_breaker_open_seconds_total{${labels}} 0.25`);
    expect(text).toContain(`callgauge_fallbacks_total{${labels}} 0`);
    expect(text).toContain(
      `callgauge_endpoint_attempts_total{${labels},target="api",endpoint="10.0.0.7:8080"} 5`,
    );
  });

  it('adds the slices of one series over seconds and workers', async () => {
    const metrics = runMetrics();
    metrics.update({
      ...NOTHING,
      histograms: [slice({ count: [1, 0] }), slice({ count: [0, 1] })],
    });
    metrics.update({ ...NOTHING, histograms: [slice({ second: 1, count: [2, 0] })] });
    const text = await metrics.text();
    expect(text).toContain('callgauge_response_time_samples{phase="steady",step="read"} 4\n');
    expect(text).toContain(
      'callgauge_calls_total{phase="steady",step="read",target="api",outcome="ok"} 4\n',
    );
  });

  it('sets a quantile with both ends of its interval, and none that was refused', async () => {
    const metrics = runMetrics({
      quantilesOf: () => [{ quantile: 0.999, valueSec: 0.3, lowSec: 0.2, highSec: 0.5 }],
    });
    metrics.update({ ...NOTHING, histograms: [slice({ count: [1, 1] })] });
    const text = await metrics.text();
    const labels = '{phase="steady",step="read",percentile="99.9"}';
    expect(text).toContain(`callgauge_response_time_quantile_seconds${labels} 0.3\n`);
    expect(text).toContain(`callgauge_response_time_quantile_lower_seconds${labels} 0.2\n`);
    expect(text).toContain(`callgauge_response_time_quantile_upper_seconds${labels} 0.5\n`);
    expect(text).not.toContain('percentile="50"');
  });

  it('computes quantiles over timed outcomes only, apart by clock', async () => {
    const seen: [exact: SparseHistogram, censored: SparseHistogram][] = [];
    const metrics = runMetrics({ quantilesOf: (...sample) => (seen.push(sample), []) });
    metrics.update({
      ...NOTHING,
      histograms: [
        slice({ outcome: 'ok', count: [3, 0] }),
        slice({ outcome: 'check', count: [1, 4] }),
        slice({ outcome: 'timeout', count: [0, 2] }),
        slice({ outcome: 'status', count: [7, 7] }),
        slice({ outcome: 'transport', count: [7, 7] }),
        slice({ clock: 'lag', count: [5, 0] }),
        slice({ clock: 'connect', count: [5, 0] }),
      ],
    });
    await metrics.text();
    expect(seen).toEqual([
      [
        { valueNs: [1_000_000, 9_000_000], count: [4, 4] },
        { valueNs: [1_000_000, 9_000_000], count: [0, 2] },
      ],
      [
        { valueNs: [1_000_000, 9_000_000], count: [5, 0] },
        { valueNs: [], count: [] },
      ],
    ]);
  });

  it('computes quantiles only where something came in since the scrape before', async () => {
    let asked = 0;
    const metrics = runMetrics({ quantilesOf: () => (asked++, []) });
    metrics.update({ ...NOTHING, histograms: [slice({ count: [1, 0] })] });
    await metrics.text();
    await metrics.text();
    expect(asked).toBe(1);
  });

  it('opens a phase with every counter at 0', async () => {
    const metrics = runMetrics();
    metrics.update({
      ...NOTHING,
      counters: [{ second: 0, phase: 'steady', step: '', counter: 'arrivals', value: 12 }],
    });
    const text = await metrics.text();
    expect(text).toContain('callgauge_arrivals_total{phase="steady"} 12\n');
    expect(text).toContain('callgauge_dropped_arrivals_total{phase="steady"} 0\n');
  });

  it('counts answers by step, target and status, over seconds', async () => {
    const metrics = runMetrics({ targetOf: (step) => (step === 'pay' ? 'bank' : 'api') });
    metrics.update({
      ...NOTHING,
      counters: [answers('read', '200', 7), answers('read', '302', 1), answers('pay', 'OK', 2)],
    });
    metrics.update({ ...NOTHING, counters: [answers('read', '200', 5)] });
    const text = await metrics.text();
    const of = (step: string, target: string, status: string): string =>
      `callgauge_answers_total{phase="steady",step="${step}",target="${target}",status="${status}"}`;
    expect(text).toContain(`${of('read', 'api', '200')} 12\n`);
    expect(text).toContain(`${of('read', 'api', '302')} 1\n`);
    expect(text).toContain(`${of('pay', 'bank', 'OK')} 2\n`);
  });

  it('loses no answer to a target with a status for each, and has 21 series of a step', async () => {
    const metrics = runMetrics();
    const counters = Array.from({ length: 500 }, (_, i) => answers('read', String(100 + i), 2));
    metrics.update({ ...NOTHING, counters });
    metrics.update({ ...NOTHING, counters });
    const lines = [...(await metrics.text()).matchAll(/^callgauge_answers_total\{.*\} (\d+)$/gmu)];
    expect(lines).toHaveLength(21);
    expect(lines.reduce((total, [, value]) => total + Number(value), 0)).toBe(2_000);
    expect(lines.at(-1)?.[0]).toContain('status="other"');
  });

  it('says of every fault whether it is in the path now', async () => {
    const metrics = runMetrics();
    const fault = {
      fault: 'stall',
      placeKind: 'proxy',
      place: 'payment',
      effect: 'latency',
    };
    metrics.update({ ...NOTHING, faults: [{ ...fault, active: true }] });
    expect(await metrics.text()).toMatch(/callgauge_fault_active\{.*fault="stall".*\} 1\n/u);
    metrics.update({ ...NOTHING, faults: [{ ...fault, active: false }] });
    expect(await metrics.text()).toMatch(/callgauge_fault_active\{.*fault="stall".*\} 0\n/u);
  });

  it('refuses label sets past its bound and counts the refusals', async () => {
    const metrics = runMetrics({ labelSetsMax: 2 });
    const histograms = ['a', 'b', 'c'].map((step) => slice({ step, count: [1, 0] }));
    metrics.update({ ...NOTHING, histograms });
    const text = await metrics.text();
    expect(text).toContain('step="b"');
    expect(text).not.toContain('step="c"');
    expect(text).toContain('callgauge_metrics_refused_label_sets_total 3\n');
  });
});

describe('the response time histogram', () => {
  it('has bounds that ascend by a factor of 1.2, from 100 us past 60 s', () => {
    expect(BUCKET_BOUNDS_SEC[0]).toBe(0.0001);
    expect(BUCKET_BOUNDS_SEC.at(-1)).toBeGreaterThanOrEqual(60);
    const steps = BUCKET_BOUNDS_SEC.slice(1).map((bound, i) => bound / (BUCKET_BOUNDS_SEC[i] ?? 0));
    for (const step of steps) expect(step).toBeCloseTo(1.2, 2);
  });

  it('puts every value under the first bound that is not below it, and keeps sum and count', async () => {
    const value = fc.record({
      valueNs: fc.integer({ min: 1_000, max: 3_600_000_000_000 }),
      count: fc.integer({ min: 1, max: 1_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 30 }), async (entries) => {
        const metrics = runMetrics();
        metrics.update({
          ...NOTHING,
          histograms: [
            slice({ valueNs: entries.map((e) => e.valueNs), count: entries.map((e) => e.count) }),
          ],
        });
        const buckets = await bucketsOf(metrics);
        for (const [le, count] of buckets) {
          const below = entries.filter((e) => e.valueNs / 1e9 <= le);
          expect(count).toBe(below.reduce((n, e) => n + e.count, 0));
        }
        expect(buckets.at(-1)?.[0]).toBe(Infinity);
      }),
      { numRuns: 30 },
    );
  });
});

const noQuantiles = (): QuantileEstimate[] => [];

function runMetrics(options: Partial<RunMetricsOptions> = {}): RunMetrics {
  return new RunMetrics({
    runId: '655d0a00c0ffee00',
    scenario: 'checkout',
    quantilesOf: noQuantiles,
    targetOf: () => 'api',
    ...options,
  });
}

function answers(step: string, status: string, value: number): CounterSlice {
  return { second: 0, phase: 'steady', step, counter: statusCounter(status), value };
}

function slice(options: Partial<HistogramSlice>): HistogramSlice {
  return {
    second: 0,
    phase: 'steady',
    step: 'read',
    target: 'api',
    outcome: 'ok',
    clock: 'response',
    valueNs: [1_000_000, 9_000_000],
    count: [1, 1],
    ...options,
  };
}

async function values(metrics: RunMetrics, name: string): Promise<Record<string, number>> {
  const lines = (await metrics.text()).matchAll(
    new RegExp(`^${name}\\{.*outcome="(\\w+)".*\\} (\\d+)$`, 'gmu'),
  );
  return Object.fromEntries([...lines].map(([, outcome, value]) => [outcome, Number(value)]));
}

async function bucketsOf(metrics: RunMetrics): Promise<[le: number, count: number][]> {
  const lines = (await metrics.text()).matchAll(/_bucket\{.*le="([^"]+)"\} (\d+)$/gmu);
  return [...lines].map(([, le, count]) => [le === '+Inf' ? Infinity : Number(le), Number(count)]);
}
