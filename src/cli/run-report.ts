import { adviseTimeouts } from '../advise/index.ts';
import { analyzeRun } from '../analyze/index.ts';
import { loadOfProbes, measuredOnly, searchedRates } from '../capacity/index.ts';
import { HarnessError, type RunRecord } from '../core/index.ts';
import { evaluateThresholds } from '../gate/index.ts';
import type { RunReport } from '../report/index.ts';
import { parseScenario, type CapacityPhaseSpec, type Scenario } from '../scenario/index.ts';
import { arrivalsPerPhase, scheduleOf } from '../schedule/index.ts';
import type { Store } from '../store/index.ts';

/**
 * Returns everything that is to be said of a stored run, computed from the store alone: the run's own
 * report and one that is asked for a week later are the same.
 * @throws RUN_NOT_FOUND
 */
export async function reportOf(
  store: Store,
  runId: string,
  commandLine: RunReport['commandLine'],
): Promise<RunReport> {
  const run = await store.source.run(runId);
  if (!run) {
    const what =
      runId === 'latest' ? 'the store holds no run yet' : `the store holds no run ${runId}`;
    throw new HarnessError('RUN_NOT_FOUND', what, {
      hint: 'callgauge runs lists what it holds.',
    });
  }
  const scenario = parseScenario(run.source, `run ${run.runId}`);
  const search = scenario.load.find((phase) => phase.capacity !== undefined);
  if (search) return searchReport(store, run, { scenario, search, commandLine });
  const analysis = await analyzeRun(store.source, run.runId, {
    wantedArrivals: arrivalsPerPhase(scheduleOf(scenario)),
  });
  return {
    analysis,
    verdict: evaluateThresholds(scenario.thresholds, analysis),
    advice: adviseTimeouts(analysis),
    tags: stepTags(scenario),
    storedAt: store.description,
    commandLine,
  };
}

interface SearchReportParts {
  readonly scenario: Scenario;
  readonly search: CapacityPhaseSpec;
  readonly commandLine: RunReport['commandLine'];
}

/** A search's numbers are of its probes at the capacity; where no rate met, of those at the lowest. */
async function searchReport(
  store: Store,
  run: RunRecord,
  { scenario, search, commandLine }: SearchReportParts,
): Promise<RunReport> {
  const capacity = await searchedRates(search, run, store.source);
  const shown = capacity.met ?? capacity.rates[0];
  const source = measuredOnly(store.source, shown?.probes ?? []);
  const load = loadOfProbes(search, run.phases);
  const analysis = await analyzeRun(source, run.runId, {
    wantedArrivals: arrivalsPerPhase(scheduleOf({ seed: scenario.seed, load })),
  });
  const thresholds = scenario.thresholds.map((threshold) => ({ ...threshold, phase: '' }));
  return {
    analysis,
    verdict: evaluateThresholds(thresholds, analysis),
    advice: adviseTimeouts(analysis),
    capacity,
    tags: stepTags(scenario),
    storedAt: store.description,
    commandLine,
  };
}

function stepTags({ flows }: Scenario): RunReport['tags'] {
  const steps = flows.flatMap((flow) => flow.steps);
  return new Map(steps.flatMap(({ name, tags }) => (tags ? [[name, tags] as const] : [])));
}
