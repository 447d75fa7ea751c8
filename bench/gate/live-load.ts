import {
  AbTest,
  AbWatch,
  compareRuns,
  digestOf,
  FINE_BUCKET_RATIO,
} from '../../src/compare/index.ts';
import type { AbJudgement, RunComparison } from '../../src/compare/index.ts';
import { mergeHistograms } from '../../src/analyze/sparse-histogram.ts';
import {
  epochNowMs,
  invariant,
  NS_PER_MS,
  NS_PER_SEC,
  rngFrom,
  TIMED_OUTCOMES,
  type Ns,
  type RunRecord,
  type SparseHistogram,
} from '../../src/core/index.ts';
import type { RecordSlice } from '../../src/record/index.ts';
import { abPhases } from '../../src/run/ab-phases.ts';
import { mintRunId } from '../../src/run/create-run.ts';
import { abScenario } from '../../src/scenario/ab/index.ts';
import { asReady, parseScenario, type ScenarioWithFiles } from '../../src/scenario/index.ts';
import { scheduleOf } from '../../src/schedule/index.ts';
import { startSender } from '../../src/sender/index.ts';

export interface LiveLoad {
  readonly seconds: number;
  readonly ratePerSec: number;
  readonly seed: number;
}

const WARM_UP_SEC = 3;
/** A change counts from here on, of percentiles by both. */
export const LIMITS = {
  percents: [50, 90, 99],
  changeRatioMin: 0.03,
  changeMinNs: 0.1 * NS_PER_MS,
  errorChangeMin: 0.001,
} as const;

/** What one run of one server showed. */
export interface SingleRun {
  readonly slices: readonly RecordSlice[];
  readonly record: RunRecord;
  /** The response times of all calls together. */
  readonly response: SparseHistogram;
}

/** What a run of two versions said. */
export interface LiveAb {
  /** Of all its seconds. */
  readonly judgement: AbJudgement;
  /** When it was called a regression first, in seconds that were measured; undefined for never. */
  readonly regressionAtSec: number | undefined;
}

/** Sends one server the load at the rate, from sending threads of its own. */
export async function runSingle(url: string, load: LiveLoad): Promise<SingleRun> {
  const scenario = scenarioOf(url, load);
  const slices = await sent(scenario);
  const histograms = slices.flatMap((slice) => slice.histograms);
  const measured = histograms.filter(
    ({ clock, phase, outcome }) =>
      clock === 'response' && phase === 'steady' && TIMED_OUTCOMES.has(outcome),
  );
  return { slices, record: recordOf(scenario), response: mergeHistograms(measured) };
}

/** Sends two servers half of the load each, by turns. */
export async function runAb(a: string, b: string, load: LiveLoad): Promise<LiveAb> {
  const scenario = abScenario(scenarioOf(a, load), {
    target: undefined,
    versions: { a: { url: a }, b: { url: b } },
    texts: { a, b },
    limits: LIMITS,
  });
  const { ab, load: phases } = scenario;
  invariant(ab !== undefined, 'there are two versions');
  const watch = new AbWatch({ ...LIMITS, steps: ab.steps, phases: abPhases(phases) });
  let judgement: AbJudgement = new AbTest(LIMITS).judge();
  let regressionAtSec: number | undefined;
  for (const slice of await sent(scenario)) {
    judgement = watch.add(slice);
    if (judgement.verdict === 'regression') regressionAtSec ??= judgement.seconds;
  }
  return { judgement, regressionAtSec };
}

/** Returns what `compare` says of two runs. */
export function compareSingles(before: SingleRun, after: SingleRun, seed: number): RunComparison {
  return compareRuns(digest(before), digest(after), {
    ...LIMITS,
    rng: rngFrom(seed, 'compare'),
  });
}

function scenarioOf(url: string, { seconds, ratePerSec, seed }: LiveLoad): ScenarioWithFiles {
  const arrivals = `arrivals: { process: poisson, rate: ${ratePerSec}/s }`;
  const text = `
name: live
seed: ${seed}
targets: { api: { url: "${url}", connections: 256 } }
flows: { look: [{ step: home, timeout: 5s, http: { path: / } }] }
load:
  - { phase: warm-up, ${arrivals}, for: ${WARM_UP_SEC}s, measure: false }
  - { phase: steady, ${arrivals}, for: ${seconds}s }
`;
  return { ...parseScenario(text, 'live.yaml'), files: [] };
}

async function sent(scenario: ScenarioWithFiles): Promise<readonly RecordSlice[]> {
  const slices: RecordSlice[] = [];
  const sender = await startSender({
    scenario: asReady(scenario),
    runId: mintRunId(),
    onSlice: (slice) => slices.push(slice),
  });
  sender.begin(epochNowMs() + 100);
  await sender.ended;
  return slices;
}

function recordOf(scenario: ScenarioWithFiles): RunRecord {
  return {
    runId: mintRunId(),
    scenario: scenario.name,
    startedEpochMs: 0,
    endedEpochMs: 0,
    status: 'complete',
    seed: scenario.seed,
    phases: scheduleOf(scenario).phases,
    source: '',
    plan: '',
    verdict: '',
    harnessVersion: '',
    environment: {},
  };
}

function digest({ slices, record }: SingleRun) {
  const phase = record.phases.find(({ name }) => name === 'steady');
  invariant(phase !== undefined, 'a phase is measured');
  const ranNs: Ns = phase.toNs - phase.fromNs;
  const histograms = slices
    .flatMap((slice) => slice.histograms)
    .filter((one) => one.clock === 'response' && one.phase === 'steady');
  const arrivals = slices.flatMap(({ second, counters }) =>
    counters
      .filter((one) => one.counter === 'arrivals' && one.phase === 'steady')
      .map(({ value }) => ({ second, phase: 'steady', arrivals: value, dropped: 0 })),
  );
  return digestOf(
    {
      run: record,
      phases: [{ name: 'steady', fromNs: phase.fromNs, ranNs }],
      slices: histograms,
      stratumOf: (second) => (second * NS_PER_SEC < phase.fromNs ? 'before' : 'steady'),
    },
    arrivals,
    FINE_BUCKET_RATIO,
  );
}
