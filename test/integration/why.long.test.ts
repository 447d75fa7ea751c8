import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { HistogramSlice, RunRecord } from '../../src/core/index.ts';
import { memoryStepTraces, type SpanTable, type StepSelection } from '../../src/spans/index.ts';
import { storedTraces } from '../../src/store/stored-traces.ts';
import { runRecord } from '../analyze/memory-source.ts';
import { callgauge } from '../cli/callgauge-process.ts';
import { modelledRun, STEP, type ModelledRun, type Trouble } from '../why/modelled-calls.ts';
import { freshStore, type FreshStore } from './local-store.ts';

let fresh: FreshStore;
const CALLS = 1_200;
const SLOW_WAY: Trouble = { way: { to: 'pay', ms: 80, ratio: 0.3 } };
const [HEALTHY, SLOW, FAILING, WORSE] = [
  modelledRun(1, CALLS),
  modelledRun(2, CALLS, { trouble: SLOW_WAY }),
  modelledRun(3, CALLS, { trouble: { failing: { provider: 'b' } } }),
  modelledRun(4, CALLS, { trouble: { slow: { at: 'stock', ms: 25 } } }),
];
const THRESHOLDS = [
  `${STEP}.response p(80) < 60ms`,
  `${STEP}.errors rate < 1%`,
  `${STEP}.response p(50) > 1ms`,
];

beforeAll(async () => {
  fresh = await freshStore();
  for (const run of [HEALTHY, SLOW, FAILING, WORSE]) await store(run);
});

afterAll(() => fresh.close());

async function store({ runId, startedEpochNs, spans }: ModelledRun): Promise<void> {
  const { sink } = fresh.store;
  const startedEpochMs = Number(startedEpochNs / 1_000_000n);
  const record: Partial<RunRecord> = {
    runId,
    startedEpochMs,
    endedEpochMs: startedEpochMs + 10 * CALLS + 5_000,
    phases: [{ name: 'steady', model: 'open', measured: true, fromNs: 0, toNs: 10e6 * CALLS }],
    source: SCENARIO,
    plan: '',
  };
  await sink.writeRun(runRecord(record));
  const slices = spans
    .filter(({ serviceName }) => serviceName === 'callgauge')
    .flatMap(({ attributes, startEpochNs, durationNs }): readonly HistogramSlice[] => {
      const second = Math.floor(Number(startEpochNs - startedEpochNs) / 1e9);
      const outcome = attributes['callgauge.outcome'] === 'ok' ? 'ok' : 'status';
      const key = { second, phase: 'steady', step: STEP, target: 'shop', outcome } as const;
      const took = Number(attributes['callgauge.response_ns']);
      return [
        { ...key, clock: 'response', valueNs: [took], count: [1] },
        { ...key, clock: 'corrected', valueNs: [took], count: [1] },
        { ...key, clock: 'service', valueNs: [Number(durationNs)], count: [1] },
      ];
    });
  await sink.writeHistograms(runId, slices);
  const counter = { phase: 'steady', step: '', counter: 'arrivals', value: 100 } as const;
  const seconds = Array.from({ length: CALLS / 100 }, (_, second) => ({ ...counter, second }));
  await sink.writeCounters(runId, seconds);
  await sink.writeSpans(spans);
}

const SCENARIO = `
name: checkout
targets: { shop: { url: "http://127.0.0.1:1" } }
flows: { f: [ { step: ${STEP}, target: shop, http: { path: / } } ] }
load: [ { phase: steady, arrivals: { rate: 100/s }, for: 12s } ]
thresholds: ${JSON.stringify(THRESHOLDS)}
`;

function command(...args: readonly string[]) {
  return callgauge([...args, '--dir', fresh.dir]);
}

describe('the traces of a step', () => {
  const selection = (run: ModelledRun, changes: Partial<StepSelection> = {}): StepSelection => ({
    runId: run.runId,
    fromEpochNs: run.startedEpochNs,
    toEpochNs: run.startedEpochNs + 60_000_000_000n,
    step: STEP,
    phases: ['steady'],
    clock: 'response',
    slowerThanNs: 60e6,
    outcomes: ['status'],
    tracesMax: 5_000,
    ...changes,
  });
  const idsOf = ({ traceIds, spanCount }: SpanTable) => ({ traceIds, spanCount });

  it.each([
    ['all', SLOW, {}],
    ['all of a run that fails', FAILING, { slowerThanNs: Infinity }],
    ['those of attempts', SLOW, { clock: 'service' }],
    ['none of another phase', SLOW, { phases: ['warm-up'] }],
    ['none of another step', SLOW, { step: 'look' }],
  ] as const)('are those that memory gives: %s', async (_, run, changes) => {
    const wanted = selection(run, changes);
    const stored = await storedTraces(fresh.store).steps.tracesOfStep(wanted);
    const inMemory = await memoryStepTraces(run.spans).tracesOfStep(wanted);
    expect(idsOf(stored)).toEqual(idsOf(inMemory));
  });

  it('are as many bad ones and others as are wanted', async () => {
    for (const steps of [storedTraces(fresh.store).steps, memoryStepTraces(SLOW.spans)]) {
      const table = await steps.tracesOfStep(selection(SLOW, { tracesMax: 20 }));
      const roots = SLOW.spans.filter(({ parentSpanId }) => parentSpanId === '');
      const bad = roots.filter(
        ({ traceId, attributes }) =>
          table.traceIds.includes(traceId) && Number(attributes['callgauge.response_ns']) > 60e6,
      );
      expect({ all: table.traceCount, bad: bad.length }).toEqual({ all: 40, bad: 20 });
    }
  });
});

describe('callgauge why', () => {
  it('explains each threshold that failed', async () => {
    const { code, out, err } = await command('why', SLOW.runId, '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const json = JSON.parse(out);
    expect(json).toMatchObject({ version: 1, runId: SLOW.runId, left: 0, invalid: '' });
    expect(json.thresholds).toHaveLength(1);
    const [{ text, why }] = json.thresholds;
    expect(text).toBe(THRESHOLDS[0]);
    expect(why).toMatchObject({
      state: 'explained',
      against: null,
      faults: [{ fault: 'slow-way' }],
    });
    expect(why.places[0].place).toMatchObject({ kind: 'way', service: 'front', callee: 'pay' });
  });

  it('lays failures to where they began and to the value that they share', async () => {
    const { out } = await command('why', FAILING.runId, '--threshold', 'errors');
    expect(out).toContain('100% of them failed at pay  POST /pay (503)');
    expect(out).toContain('pay provider = b: 100% of them have it, 0% of the others');
  });

  it('holds a run against another', async () => {
    const args = [
      'why',
      WORSE.runId,
      '--baseline',
      HEALTHY.runId,
      '--threshold',
      '1',
      '--markdown',
    ];
    const { code, out } = await command(...args);
    expect(code).toBe(0);
    expect(out).toContain(`## All calls, against those of run ${HEALTHY.runId}`);
    expect(out).toContain('What explains it: stock, slower inside the service');
  });

  it('takes a baseline file for the run that it stands for, where the store has that', async () => {
    const { out: text } = await command('baseline', HEALTHY.runId);
    const folder = mkdtempSync(join(tmpdir(), 'callgauge-why-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'baseline.json');
    writeFileSync(file, text);
    const { out } = await command('why', WORSE.runId, '--threshold', '1', '--baseline', file);
    expect(out).toContain('What explains it: stock, slower inside the service');
    writeFileSync(file, text.replaceAll(HEALTHY.runId, 'eeeeeeeeeeeeeeee'));
    const elsewhere = await command('why', WORSE.runId, '--baseline', file);
    expect(elsewhere.out).toContain('the store does not have its run');
  });

  it.each([
    [['why', 'ffff'], 110, 'that begins with ffff'],
    [['why', SLOW.runId, '--threshold', '9'], 104, '2: buy.errors rate < 1%'],
    [['why', SLOW.runId, '--threshold', 'buy'], 104, 'fits 3 of them'],
    [['why', SLOW.runId, '--step', 'look'], 104, 'It has buy.'],
  ])('%j: %d', async (args, code, text) => {
    const ended = await command(...args);
    expect(ended.code).toBe(code);
    expect(ended.err).toContain(text);
  });
});

it('the report of a run that failed says why, and what to type for more', async () => {
  const { out } = await command('report', SLOW.runId);
  expect(out).toMatch(/\nWhy\n {2}buy.response p\(80\) < 60ms\n {4}/u);
  expect(out).toContain('front → pay  POST /pay');
  expect(out).toContain(`why ${SLOW.runId} --dir`);
  const healthy = await command('report', HEALTHY.runId, '--json');
  expect(JSON.parse(healthy.out).results.why).toBeNull();
});

it('compare says why a run is worse', async () => {
  const { code, out } = await command('compare', HEALTHY.runId, WORSE.runId);
  expect(code).toBe(120);
  expect(out).toContain('\nWhy\n  buy: a longer p');
  expect(out).toContain(`why ${WORSE.runId} --baseline ${HEALTHY.runId}`);
  expect(out).toContain('What explains it: stock, slower inside the service');
});

it('the report of a stored run is held against another as the run itself is', async () => {
  const { code, out } = await command(
    ...['report', WORSE.runId, '--baseline', HEALTHY.runId, '--json'],
  );
  expect(code).toBe(0);
  const { results } = JSON.parse(out);
  expect(results.comparison.verdict).toBe('regression');
  const [{ why }] = results.why.thresholds;
  expect(why.against).toMatchObject({ runId: HEALTHY.runId, causes: [{ service: 'stock' }] });
});
