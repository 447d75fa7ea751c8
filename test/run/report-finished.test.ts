import { describe, expect, test } from 'vitest';
import {
  epochNsFromMs,
  HarnessError,
  NS_PER_SEC,
  VirtualClock,
  type HistogramSlice,
  type RunRecord,
  type Span,
} from '../../src/core/index.ts';
import { KeptRun } from '../../src/run/kept-run.ts';
import { reportFinished, type ReportFinishedOptions } from '../../src/run/report-finished.ts';
import { planJson, planOf } from '../../src/run/stored/index.ts';
import { memorySpanWindows, memoryStepTraces } from '../../src/spans/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import { memorySource, runRecord } from '../analyze/memory-source.ts';
import { QUIET_SINK } from './quiet-sink.ts';

const SCENARIO = `
name: checkout
targets: { shop: { url: "http://127.0.0.1:1" } }
flows: { f: [ { step: buy, target: shop, http: { path: / } } ] }
load: [ { phase: steady, arrivals: { rate: 10/s }, for: 35s } ]
thresholds: [ "buy.response p(50) < 20ms" ]
`;
const RUN = runRecord({ plan: planJson(planOf(parseScenario(SCENARIO, 's.yaml'))) });
const SECOND: HistogramSlice = {
  second: 6,
  phase: 'steady',
  step: 'buy',
  target: 'shop',
  outcome: 'ok',
  clock: 'response',
  valueNs: [10_000_000],
  count: [300],
};
const NEVER = new Promise<never>(() => {});
const AWAY = { kind: 'not-stored', reason: 'it does not answer', spool: '/x/spool', lostRows: 0 };

async function keptRun(limits?: ConstructorParameters<typeof KeptRun>[2]): Promise<KeptRun> {
  const kept = new KeptRun(QUIET_SINK, RUN.runId, limits);
  await kept.writeRun(RUN);
  await kept.writeHistograms(RUN.runId, [SECOND]);
  return kept;
}

/** Reports on the run from a store that holds what it was given, or behaves otherwise. */
async function setUp(
  store: {
    readonly storage?: object;
    readonly inStore?: Promise<void>;
    readonly source?: object;
  },
  options: {
    readonly refusal?: string;
    readonly kept?: KeptRun;
    readonly tracesOf?: ReportFinishedOptions['tracesOf'];
    readonly run?: RunRecord;
  } = {},
) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const notes: string[] = [];
  const { run = RUN } = options;
  const source = { ...memorySource({ run, seconds: [SECOND] }), ...store.source };
  const sink = {
    storage: store.storage ?? { kind: 'stored' },
    inStore: () => store.inStore ?? Promise.resolve(),
  };
  const kept = options.kept ?? (await keptRun());
  let isDone = false;
  const done = reportFinished(
    { runId: RUN.runId, kept, refusal: options.refusal ?? '' },
    {
      store: {
        source,
        sink,
        description: '.callgauge',
      } as unknown as ReportFinishedOptions['store'],
      commandLine: (command) => `callgauge ${command}`,
      tracesOf: options.tracesOf ?? (() => Promise.reject(new Error('no trace is wanted'))),
      note: (text) => void notes.push(text),
      signal: stop.signal,
      clock,
    },
  );
  void done.then(() => (isDone = true));
  /** Lets the time go by, once all that is ready has run. Returns whether there is a report. */
  const after = async (sec: number): Promise<boolean> => {
    await turns();
    clock.advance(sec * NS_PER_SEC);
    await turns();
    return isDone;
  };
  return { after, done, notes, stop };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

describe('the report of a run that has ended', () => {
  test('is of the store where that has it', async () => {
    const { done, notes } = await setUp({});
    const report = await done;
    expect(report.notStored).toBeUndefined();
    expect(report.verdict.outcome).toBe('passed');
    expect(notes).toEqual([]);
  });

  test.each([
    ['is away', { storage: AWAY }, { reason: 'it does not answer', spool: '../../../x/spool' }],
    [
      'lost rows',
      { storage: { ...AWAY, lostRows: 3 } },
      { reason: 'it does not answer', spool: '' },
    ],
  ])('is of memory where the store %s, within 5 s, with its thresholds', async (_, store, said) => {
    const { after, done } = await setUp({ ...store, inStore: NEVER });
    expect(await after(4.9)).toBe(false);
    await after(0.2);
    const report = await done;
    expect(report.notStored?.reason).toBe(said.reason);
    expect(report.notStored?.spool.endsWith(said.spool.replace(/^(?:\.\.\/)+/u, ''))).toBe(true);
    expect(report.verdict.thresholds[0]?.state).toBe('pass');
    const stored = await (await setUp({})).done;
    expect(report.analysis.steps).toEqual(stored?.analysis.steps);
  });

  test('is of memory where the sink gave up a part', async () => {
    const { done } = await setUp({}, { refusal: 'it did not take 1 write' });
    const report = await done;
    expect(report.notStored).toEqual({ reason: 'it did not take 1 write', spool: '' });
  });

  test.each([
    ['does not answer', () => NEVER, 7.1, 'it does not answer in time'],
    [
      'refuses',
      () => Promise.reject(new HarnessError('STORE_REFUSED', 'too many files', { hint: '' })),
      0,
      'too many files',
    ],
  ])('is of memory where the store has the run and %s', async (_, series, sec, why) => {
    const { after, done, notes } = await setUp({ source: { series } });
    await after(sec);
    const report = await done;
    expect(report.notStored).toBeUndefined();
    expect(report.verdict.outcome).toBe('passed');
    expect(notes).toEqual([`the run is stored, but the store does not give it back: ${why}`]);
  });

  test('comes within 1 s once the user has asked for the end', async () => {
    const { after, done, stop } = await setUp({ storage: AWAY, inStore: NEVER });
    expect(await after(1)).toBe(false);
    stop.abort();
    await after(1);
    expect((await done).notStored).toBeDefined();
  });

  test('says what found no room in memory', async () => {
    const kept = await keptRun({ numberBytesMax: 10, spansMax: 0 });
    // How long the first part is, compressed, is known a little later.
    await kept.source();
    await kept.writeHistograms(RUN.runId, [{ ...SECOND, second: 7 }]);
    const { done, notes } = await setUp({ storage: AWAY }, { kept });
    expect((await done).notStored).toBeDefined();
    expect(notes).toEqual(['no room in memory, and so not in this report: 1 part of a second']);
  });
});

describe('why the gate of a run failed', () => {
  const text = SCENARIO.replace('20ms', '5ms');
  const run = runRecord({ plan: planJson(planOf(parseScenario(text, 's.yaml'))) });
  const keptFailing = async (): Promise<KeptRun> => {
    const kept = new KeptRun(QUIET_SINK, run.runId);
    await kept.writeRun(run);
    await kept.writeHistograms(run.runId, [SECOND]);
    return kept;
  };

  test('is of the traces of the store', async () => {
    const spans = slowCalls(40);
    const traces = { steps: memoryStepTraces(spans), windows: memorySpanWindows(spans) };
    const tracesOf = async () => ({ ...traces, noAttributes: '' });
    const { why } = await (await setUp({}, { run, tracesOf })).done;
    const [entry] = why?.entries ?? [];
    expect(entry?.text).toBe('buy.response p(50) < 5ms');
    expect(entry?.why).toMatchObject({ state: 'all', bad: { calls: 300, read: 40 } });
  });

  test('is of memory where the store is away, and says what that lacks', async () => {
    const kept = await keptFailing();
    await kept.writeSpans(slowCalls(12));
    const { done, after } = await setUp({ storage: AWAY, inStore: NEVER }, { run, kept });
    await after(5.1);
    const [entry] = (await done).why?.entries ?? [];
    expect(entry?.why?.bad.read).toBe(12);
    expect(entry?.why?.examples[0]?.path[0]?.place.kind).toBe('connection');
    expect(entry?.why?.stored.noAttributes).toContain('in the store alone');
  });

  test.each([
    ['does not answer', () => NEVER, 'the store does not give the traces in time'],
    ['fails', () => Promise.reject(new Error('no room')), 'no room'],
  ])('is left out with a reason where the store %s', async (_, tracesOf, reason) => {
    const { done, after } = await setUp({}, { run, tracesOf });
    await after(4.1);
    const report = await done;
    expect(report.why?.entries).toEqual([{ text: 'buy.response p(50) < 5ms', silence: reason }]);
    expect(report.verdict.outcome).toBe('failed');
  });

  test('is not asked for where it passed', async () => {
    expect((await (await setUp({})).done).why).toBeUndefined();
  });
});

/** Calls that took 10 ms, most of which they waited for a connection. */
function slowCalls(count: number): readonly Span[] {
  return Array.from({ length: count }, (_, i) => ({
    traceId: `${RUN.runId}${String(i).padStart(16, '0')}`,
    spanId: String(i + 1).padStart(16, '0'),
    parentSpanId: '',
    traceState: '',
    name: 'buy',
    kind: 'Client',
    serviceName: 'callgauge',
    startEpochNs: epochNsFromMs(RUN.startedEpochMs) + BigInt(6_000_000_000 + i * 1_000_000),
    durationNs: 3_000_000n,
    status: 'Unset',
    statusMessage: '',
    resourceAttributes: {},
    attributes: {
      'callgauge.step': 'buy',
      'callgauge.phase': 'steady',
      'callgauge.outcome': 'ok',
      'callgauge.lag_ns': '1000',
      'callgauge.wait_ns': '6999000',
      'callgauge.response_ns': '10000000',
    },
    scopeName: '',
    scopeVersion: '',
    events: [],
    links: [],
  }));
}
