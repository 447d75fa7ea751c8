import { readMeasuredSeconds } from '../../src/analyze/index.ts';
import {
  digestOf,
  FILE_BUCKET_RATIO,
  printBaseline,
  readBaseline,
} from '../../src/compare/index.ts';
import { invariant, NS_PER_MS, NS_PER_SEC, type Ns, type RunRecord } from '../../src/core/index.ts';
import type { Answer } from '../../src/simulate/index.ts';
import type { RunReport } from '../../src/report/index.ts';
import { asReady, parseScenario } from '../../src/scenario/index.ts';
import { JudgedLoad } from '../../src/run/judged-load.ts';
import {
  planJson,
  planOf,
  reportOf,
  type Baseline,
  type LostBaseline,
} from '../../src/run/stored/index.ts';
import { thresholdJudge } from '../../src/run/threshold-judge.ts';
import { loadExtended, loadUntil, scheduleOf } from '../../src/schedule/index.ts';
import { VirtualRun, type VirtualRunOptions } from '../../src/simulate/index.ts';
import { sliceSource } from './slice-source.ts';

export interface JudgedRunOptions extends Pick<VirtualRunOptions, 'generatorClock'> {
  /** Lines under `load`, `thresholds` and after them. */
  readonly load: string;
  readonly thresholds: string;
  /** How a call is answered that was sent then; it is the `call`-th. */
  readonly answer: (sentNs: Ns, call: number) => Answer;
}

/** How far the virtual time moves before the reactions of promises run. */
const STRIDE_NS = 50 * NS_PER_MS;
const RUN_ID = '6920b6a75d1f3c09';

/**
 * Carries out a scenario on a virtual clock, judged as `run` does it, and returns its report; held
 * against a baseline where there is one.
 */
export async function judgedRun(
  options: JudgedRunOptions,
  baseline?: Baseline | LostBaseline,
): Promise<RunReport> {
  const source = await judgedSource(options);
  return reportOf({ source, description: '' }, RUN_ID, (command) => command, baseline);
}

/** Returns such a run as a file of a baseline holds it. */
export async function judgedBaseline(options: JudgedRunOptions): Promise<Baseline> {
  const source = await judgedSource(options);
  const run = await source.run(RUN_ID);
  invariant(run !== undefined, 'the run took place');
  const seconds = await readMeasuredSeconds(source, run, ['response']);
  const digest = digestOf(seconds, await source.arrivals(RUN_ID), FILE_BUCKET_RATIO);
  const name = 'baseline.json';
  return { digest: readBaseline(printBaseline(digest), name), name, word: name };
}

async function judgedSource(options: JudgedRunOptions) {
  const scenario = asReady(parseScenario(scenarioText(options), 'judged.yaml'));
  let calls = 0;
  const run: VirtualRun = new VirtualRun({
    scenario: { ...scenario, load: loadExtended(scenario.load, extensionOf(scenario)) },
    answer: (_call, sentNs) => options.answer(sentNs, calls++),
    ...(options.generatorClock && { generatorClock: options.generatorClock }),
    onSlice: (slice) => judged.second(slice, run.clock),
  });
  const judge = thresholdJudge(scenario, run.clock);
  const load = loadExtended(scenario.load, judge?.extendNs ?? 0);
  const judged = new JudgedLoad({
    judge,
    schedule: scheduleOf({ ...scenario, load }),
    endAt: ({ atNs }) => run.engine.endLoad(atNs),
    broke: () => run.engine.stop(0),
  });
  run.engine.begin();
  while (run.result === undefined) {
    run.clock.advance(STRIDE_NS);
    await new Promise((resolve) => void setImmediate(resolve));
  }
  const { phases, endedNs, stopped, loadEnd, untilNs } = judged.sent(run.result);
  const record: RunRecord = {
    ...{ runId: RUN_ID, scenario: scenario.name, startedEpochMs: 0, seed: scenario.seed },
    endedEpochMs: endedNs / NS_PER_MS,
    status: stopped ? 'partial' : 'complete',
    phases,
    source: '',
    plan: planJson(planOf({ ...scenario, load: loadUntil(load, untilNs ?? Infinity) })),
    verdict: '',
    harnessVersion: '0.0.0',
    environment: {},
    ...(loadEnd && { loadEnd }),
  };
  return sliceSource({
    run: record,
    slices: run.slices,
    windows: [],
    spans: [],
    attempts: [],
  });
}

function extensionOf(scenario: ReturnType<typeof asReady>): Ns {
  const mayGoOn = scenario.thresholds.some((one) => one.whenInconclusive === 'extend');
  return mayGoOn ? (scenario.gate?.extendAtMostNs ?? 0) : 0;
}

function scenarioText({ load, thresholds }: JudgedRunOptions): string {
  return `name: judged
targets: { api: { url: "http://127.0.0.1:1" } }
flows: { look: [{ step: home, target: api, timeout: 5s, http: { path: / } }] }
load:
${load}
thresholds:
${thresholds}
`;
}

/** Returns how long a load went on, and what became of it. */
export function outcomeOf({ analysis, verdict }: RunReport) {
  const { phases, loadEnd, status } = analysis.run;
  return {
    outcome: verdict.outcome,
    status,
    seconds: (phases.at(-1)?.toNs ?? 0) / NS_PER_SEC,
    ...(loadEnd && { end: loadEnd.kind }),
  };
}
