import {
  analyzeRun,
  MemoryNumbers,
  unstoredRun,
  type AnalyzedSource,
} from '../../analyze/index.ts';
import {
  type FaultWindow,
  invariant,
  msFromNs,
  NS_PER_MS,
  runNotFound,
  type RunRecord,
} from '../../core/index.ts';
import type { RunReport } from '../../report/index.ts';
import { STREAMS_DEFAULT, type ScenarioWithFiles, type TargetSpec } from '../../scenario/index.ts';
import { callsHooks, MeasuredAnswers, unsentScenario, VirtualRun } from '../../simulate/index.ts';
import { readLoad } from '../prepare/read-load.ts';
import { findRunId } from '../stored/find-run.ts';
import { planJson, planOf, planOfRun, reportOf } from '../stored/index.ts';
import { calledSteps, checkSimulable } from './check-simulable.ts';
import { type MeasuredRun, readMeasuredRun, type SimulatedSource } from './measured-run.ts';
import { stepSide } from './step-sides.ts';
import { targetLoads } from './target-loads.ts';

/** What is to be simulated. */
export interface SimulationWishes {
  readonly scenario: ScenarioWithFiles;
  /** The run as whose targets answer, as a command line names it; absent: the scenario's newest. */
  readonly as?: string;
  readonly harnessVersion: string;
  readonly commandLine: RunReport['commandLine'];
  /** Takes what was found on the way, for people. */
  readonly note: (text: string) => void;
}

/** What limits are told that are relative to a baseline. */
const NO_BASELINE = { lost: 'a simulation is held against no baseline' };

/** Where the runs are. */
export interface SimulatedStore {
  readonly source: SimulatedSource & AnalyzedSource;
  readonly description: string;
}

/**
 * Returns the report of what the load of a scenario would have met, had its targets answered as
 * they did in a stored run. Sends nothing and stores nothing; one run and one seed always give one
 * report.
 * @throws USAGE_INVALID, RUN_UNSUITABLE for what cannot be simulated; RUN_NOT_FOUND
 */
export async function simulate(
  { source, description }: SimulatedStore,
  wishes: SimulationWishes,
): Promise<RunReport> {
  const run = await runOf(source, wishes);
  const { commandLine, note } = wishes;
  const load = await readLoad(wishes.scenario, source, note);
  const scenario = { ...wishes.scenario, load };
  const measured = await readMeasuredRun(source, run);
  const [plan, ownPlan] = [await planOfRun(run), planOf(scenario)];
  checkSimulable({ scenario, measured, plan, ownPlan });
  note(`simulating ${scenario.name} as run ${run.runId} answered`);
  const { virtual, answers } = await carriedOut(scenario, measured);
  const { result } = virtual;
  invariant(result !== undefined, 'the simulated run is over');
  const record: RunRecord = {
    runId: '',
    scenario: `${scenario.name} (simulated)`,
    startedEpochMs: run.startedEpochMs,
    endedEpochMs: run.startedEpochMs + msFromNs(result.endedNs),
    status: 'complete',
    seed: scenario.seed,
    phases: result.phases,
    source: scenario.source.text,
    plan: planJson(ownPlan),
    verdict: '',
    harnessVersion: wishes.harnessVersion,
    environment: { file: scenario.source.file },
    ...(run.targets && { targets: run.targets }),
  };
  const simulated = memorySource(record, virtual, measured.windows);
  const store = { source: simulated, description };
  const report = await reportOf(store, record.runId, commandLine, NO_BASELINE);
  const before = await analyzeRun(source, run);
  const drawn = answers.draws.flatMap((draws, stepIndex) =>
    draws.attempts > 0 ? [{ ...draws, failsAgain: answers.failsAgain(stepIndex) }] : [],
  );
  const targets = new Map(calledSteps(scenario).map(({ name, target }) => [name, target]));
  const attempts = drawn.map(({ step, bySecond }) => {
    return { step, target: targets.get(step) ?? '', bySecond };
  });
  return {
    ...report,
    // It would be of what the simulated policies cut off.
    advice: { ...report.advice, edges: [], connects: [] },
    simulation: {
      as: {
        runId: run.runId,
        startedEpochMs: run.startedEpochMs,
        isPartial: run.status !== 'complete',
      },
      steps: calledSteps(scenario).map(({ name, target }) => {
        const own = drawn.find(({ step }) => step === name);
        const isKnown = own === undefined || own.unknown === 0;
        return {
          step: name,
          target,
          run: stepSide(before.steps.find(({ step }) => step === name)),
          simulated: stepSide(report.analysis.steps.find(({ step }) => step === name)),
          attempts: own?.attempts ?? 0,
          unknown: own?.unknown ?? 0,
          unknownFromNs: isKnown ? undefined : own.unknownFromNs,
          borrowed: own?.borrowed ?? 0,
          failsAgain: own?.failsAgain && {
            retries: own.failsAgain.made,
            failed: own.failsAgain.failed,
          },
        };
      }),
      loads: targetLoads(attempts, measured, result.phases),
      leftOut: leftOutOf(scenario, measured),
    },
  };
}

async function runOf(
  source: SimulatedStore['source'],
  { scenario, as: word }: SimulationWishes,
): Promise<RunRecord> {
  if (word === undefined) {
    const [newest] = await source.runs(1, scenario.name);
    if (newest === undefined) throw runNotFound(`of scenario ${scenario.name}`);
    return newest;
  }
  const runId = await findRunId(source, word);
  const run = await source.run(runId);
  if (run === undefined) throw runNotFound(runId);
  return run;
}

/**
 * Carries out the load, its calls never sent: they are answered by the model alone, and no arrival
 * is late.
 */
async function carriedOut(scenario: ScenarioWithFiles, { numbers }: MeasuredRun) {
  const answers = new MeasuredAnswers({
    numbers,
    seed: scenario.seed,
    steps: scenario.flows.flatMap(({ steps }) => steps),
  });
  const virtual = new VirtualRun({
    scenario: unsentScenario(scenario),
    connections: callsAtOnce,
    maxInFlight: scenario.engine.maxInFlight,
    gracefulStopNs: scenario.engine.gracefulStopNs,
    keepsStarted: false,
    answer: (call, sentNs) => answers.answer(call, sentNs),
  });
  await virtual.whole();
  return { virtual, answers };
}

/** Returns how many calls an endpoint of a target has under way at most. */
function callsAtOnce({
  connections,
  protocol = 'http1',
  streams = STREAMS_DEFAULT,
}: TargetSpec): number {
  return protocol === 'http1' ? connections : connections * streams;
}

function memorySource(
  run: RunRecord,
  { slices }: VirtualRun,
  windows: readonly FaultWindow[],
): AnalyzedSource {
  const endNs = (run.endedEpochMs - run.startedEpochMs) * NS_PER_MS;
  const numbers = new MemoryNumbers({
    run,
    histograms: slices.flatMap((slice) => slice.histograms),
    counters: slices.flatMap((slice) => slice.counters),
    errors: slices.flatMap((slice) => slice.errors),
    connectErrors: slices.flatMap((slice) => slice.connectErrors),
    windows: windows.filter(({ fromNs }) => fromNs < endNs),
  });
  const spanless = unstoredRun(run, {
    series: () => numbers.series(),
    seconds: (runId, clocks) => numbers.seconds(runId, clocks),
    counters: () => numbers.counters(),
    errors: () => numbers.errors(),
    connectErrors: () => numbers.connectErrors(),
  });
  return {
    ...spanless,
    run: (runId) => numbers.run(runId),
    counterSeconds: (runId, counters) => numbers.counterSeconds(runId, counters),
    arrivals: () => numbers.arrivals(),
    faultWindows: () => numbers.faultWindows(),
  };
}

/** Returns what of a scenario a simulation does not do, a sentence each. */
function leftOutOf(scenario: ScenarioWithFiles, { windows }: MeasuredRun): readonly string[] {
  const faults = new Set(windows.map(({ fault }) => fault));
  const others = scenario.faults.filter(({ name }) => !faults.has(name)).map(({ name }) => name);
  return [
    ...(others.length > 0
      ? [`faults are those of the run, and not made here: ${others.join(', ')} had no window there`]
      : []),
    ...(scenario.flows.some(callsHooks)
      ? ['hooks are not run: they take no time and set nothing']
      : []),
    ...(scenario.targets.some(({ health }) => health?.active)
      ? ['active health checks of endpoints always go well']
      : []),
  ];
}
