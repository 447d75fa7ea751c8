import { expect, it } from 'vitest';
import { analyzeRun } from '../../../src/analyze/index.ts';
import type { HistogramSlice, Span } from '../../../src/core/index.ts';
import type { Verdict } from '../../../src/gate/index.ts';
import type { RunReport } from '../../../src/report/index.ts';
import {
  COMMAND_LIMITS,
  baselineOfReport,
  reportWithWhy,
  whyOfReport,
  type WhyTraces,
} from '../../../src/run/stored/stored-why.ts';
import { isToBeExplained, withoutWhy } from '../../../src/run/stored/why-in-report.ts';
import { memorySpanWindows, memoryStepTraces } from '../../../src/spans/index.ts';
import { memorySource, runRecord } from '../../analyze/memory-source.ts';
import { abResult } from '../../report/ab-result.ts';
import { comparisonReport } from '../../report/comparison/comparison-reports.ts';
import { modelledRun, STEP, type Trouble } from '../../why/modelled-calls.ts';

const CALLS = 400;
const SLOWER: Trouble = { slow: { at: 'stock', ms: 25 } };
const VERDICT: Verdict = { outcome: 'passed', partial: false, lostServices: [], thresholds: [] };

/** A run of modelled calls, with the step and the service `stock` under other names. */
function part(seed: number, runId: string, side: '' | 'a' | 'b', trouble: Trouble = {}) {
  const { spans, startedEpochNs } = modelledRun(seed, CALLS, { trouble });
  const step = side === '' ? STEP : `${STEP}@${side}`;
  const renamed = spans.map((span): Span => ({
    ...span,
    traceId: runId + span.traceId.slice(15, 16) + span.traceId.slice(17),
    name: span.serviceName === 'callgauge' ? step : span.name,
    serviceName: span.serviceName === 'stock' && side !== '' ? `stock-${side}` : span.serviceName,
  }));
  const seconds = renamed
    .filter(({ serviceName }) => serviceName === 'callgauge')
    .map(({ attributes, startEpochNs }): HistogramSlice => ({
      ...{ second: Math.floor(Number(startEpochNs - startedEpochNs) / 1e9), phase: 'steady', step },
      ...{ target: 'shop', outcome: 'ok', clock: 'response' },
      ...{ valueNs: [Number(attributes['callgauge.response_ns'])], count: [1] },
    }));
  return { spans: renamed, seconds, startedEpochMs: Number(startedEpochNs / 1_000_000n) };
}

async function reportOn(runId: string, parts: readonly ReturnType<typeof part>[]) {
  const [first] = parts;
  const startedEpochMs = first?.startedEpochMs ?? 0;
  const run = runRecord({
    ...{ runId, startedEpochMs, endedEpochMs: startedEpochMs + 10 * CALLS + 5_000 },
    phases: [{ name: 'steady', model: 'open', measured: true, fromNs: 0, toNs: 10e6 * CALLS }],
    plan: JSON.stringify({
      ...{ version: 1, seed: 1, phases: [], thresholds: [], tags: {} },
      ...{ wantedArrivals: {}, targets: [] },
    }),
  });
  const spans = parts.flatMap((one) => one.spans);
  const seconds = parts.flatMap((one) => one.seconds);
  const source = memorySource({ run, seconds, spans });
  const analysis = await analyzeRun(source, runId);
  const traces: WhyTraces = {
    steps: memoryStepTraces(spans),
    windows: memorySpanWindows(spans),
    noAttributes: '',
  };
  return { report: { analysis, verdict: VERDICT } as RunReport, traces, source };
}

const RUN_ID = 'aaaaaaaa20000001';

/** B's stock is slower, by the verdict on the two versions; no threshold failed. */
async function twoVersions() {
  const found = await reportOn(RUN_ID, [part(1, RUN_ID, 'a'), part(2, RUN_ID, 'b', SLOWER)]);
  const { judgement, ...ab } = abResult('regression');
  const percentiles = judgement.percentiles.map((row) => ({ ...row, step: STEP, beforeNs: 15e6 }));
  const steps = [{ step: STEP, a: `${STEP}@a`, b: `${STEP}@b`, isJudged: true }];
  return {
    ...found,
    report: { ...found.report, ab: { ...ab, steps, judgement: { ...judgement, percentiles } } },
  };
}

it('version B is explained by A, whose steps and services have other names', async () => {
  const { report, traces } = await twoVersions();
  expect(isToBeExplained(report)).toBe(true);
  const { why } = await reportWithWhy(report, async () => traces, undefined);
  const [entry, ...others] = why?.entries ?? [];
  expect(others).toEqual([]);
  expect(entry?.text).toBe(`${STEP}: a longer p50`);
  const against = entry?.why?.against;
  expect(against).toMatchObject({ runId: RUN_ID, version: 'A' });
  expect(against?.before.calls).toBe(CALLS);
  const [place] = against?.places ?? [];
  expect(place?.place).toMatchObject({ kind: 'work', service: 'stock-b' });
  expect(place?.lowNs).toBeGreaterThan(15e6);
  // It is one place in both, and not one that went and one that came.
  expect(place?.beforeNs).toBeGreaterThan(1e6);
  expect(against?.causes).toMatchObject([{ service: 'stock-b', kind: 'slower-inside' }]);
});

it('a step that both versions share is held against nothing', async () => {
  const { report, traces } = await twoVersions();
  const baseline = await baselineOfReport(report, traces, undefined);
  expect([...(baseline?.namesOfB ?? [])]).toEqual([
    [`${STEP}@a`, `${STEP}@b`],
    [`${report.ab.target}@a`, `${report.ab.target}@b`],
  ]);
});

it('a run that is worse than its baseline is explained by that, where the store has it', async () => {
  const worse = await reportOn(RUN_ID, [part(2, RUN_ID, '', SLOWER)]);
  const before = await reportOn('aaaaaaaa20000002', [part(1, 'aaaaaaaa20000002', '')]);
  const compared = comparisonReport(1);
  const percentiles = compared.percentiles.map((row) => ({
    ...{ ...row, step: STEP, beforeNs: 15e6 },
    verdict: 'regression' as const,
  }));
  const digest = { ...compared.before.digest, runId: 'aaaaaaaa20000002' };
  const comparison = {
    ...{ ...compared, percentiles, shares: [] },
    ...{ verdict: 'regression' as const, before: { ...compared.before, digest } },
  };
  const report = { ...worse.report, comparison };
  const spans = [...part(2, RUN_ID, '', SLOWER).spans, ...part(1, digest.runId, '').spans];
  const traces: WhyTraces = {
    ...{ steps: memoryStepTraces(spans), windows: memorySpanWindows(spans), noAttributes: '' },
  };
  const { why } = await reportWithWhy(report, async () => traces, before.source);
  expect(why?.entries).toHaveLength(1);
  expect(why?.entries[0]?.why?.against).toMatchObject({
    runId: digest.runId,
    causes: [{ service: 'stock', kind: 'slower-inside' }],
  });
  const alone = await reportWithWhy(report, async () => traces, worse.source);
  expect(alone.why?.entries[0]?.why).not.toHaveProperty('against');
  expect(withoutWhy(report, 'the store is away').why?.entries).toEqual([
    { text: `${STEP}: a longer p99`, silence: 'the store is away' },
  ]);
});

it('of a step that is asked for nothing else is told', async () => {
  const { report, traces } = await twoVersions();
  const why = await whyOfReport(report, traces, { limits: COMMAND_LIMITS, step: `${STEP}@a` });
  expect(why.entries.map(({ text }) => text)).toEqual([`${STEP}@a: calls beyond its p95`]);
});

it('a run that is no worse is not explained', async () => {
  const { report } = await reportOn(RUN_ID, [part(1, RUN_ID, 'a')]);
  expect(isToBeExplained(report)).toBe(false);
  expect(isToBeExplained({ ...report, ab: abResult('pass') })).toBe(false);
});
