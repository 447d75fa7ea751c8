import { adviseTimeouts } from '../../advise/index.ts';
import { analyzeRun, type AnalyzedSource } from '../../analyze/index.ts';
import { loadOfProbes, measuredOnly, searchedRates } from '../../capacity/index.ts';
import { runNotFound, type RunRecord } from '../../core/index.ts';
import { evaluateThresholds } from '../../gate/index.ts';
import type { RunReport } from '../../report/index.ts';
import type { CapacityPhaseSpec } from '../../scenario/index.ts';
import { arrivalsPerPhase, scheduleOf } from '../../schedule/index.ts';
import { planOfRun } from './plan-of-run.ts';
import type { StoredPlan } from './stored-plan.ts';

/** What a report is computed from; a store is one. */
export interface ReportedStore {
  readonly source: AnalyzedSource;
  readonly description: string;
}

/**
 * Returns everything that is to be said of a stored run, computed from the store alone: the run's
 * own report and one that is asked for a week later are the same.
 * @throws RUN_NOT_FOUND, RUN_PLAN_UNREADABLE
 */
export async function reportOf(
  store: ReportedStore,
  runId: string,
  commandLine: RunReport['commandLine'],
): Promise<RunReport> {
  const run = await store.source.run(runId);
  if (!run) throw runNotFound(runId);
  const plan = await planOfRun(run);
  const search = plan.load.find((phase) => phase.capacity !== undefined);
  if (search) return searchReport(store, run, { plan, search, commandLine });
  const { wantedArrivals } = plan;
  const analysis = await analyzeRun(store.source, run.runId, { wantedArrivals });
  const rowsEnd = plan.load.at(-1)?.rowsEnd;
  return {
    analysis,
    ...(rowsEnd && { rowsEnd: { rows: rowsEnd.rows, of: rowsEnd.of } }),
    verdict: evaluateThresholds(plan.thresholds, analysis),
    advice: adviseTimeouts(analysis),
    tags: plan.tags,
    okStatuses: plan.okStatuses,
    storedAt: store.description,
    commandLine,
  };
}

interface SearchReportParts {
  readonly plan: StoredPlan;
  readonly search: CapacityPhaseSpec;
  readonly commandLine: RunReport['commandLine'];
}

/**
 * A search's numbers are of its probes at the capacity; where no rate met, of those at the lowest.
 */
async function searchReport(
  store: ReportedStore,
  run: RunRecord,
  { plan, search, commandLine }: SearchReportParts,
): Promise<RunReport> {
  const capacity = await searchedRates(search, run, store.source);
  const shown = capacity.met ?? capacity.rates[0];
  const source = measuredOnly(store.source, shown?.probes ?? []);
  const load = loadOfProbes(search, run.phases);
  const analysis = await analyzeRun(source, run.runId, {
    wantedArrivals: arrivalsPerPhase(scheduleOf({ seed: plan.seed, load })),
  });
  const thresholds = plan.thresholds.map((threshold) => ({ ...threshold, phase: '' }));
  return {
    analysis,
    verdict: evaluateThresholds(thresholds, analysis),
    advice: adviseTimeouts(analysis),
    capacity,
    tags: plan.tags,
    okStatuses: plan.okStatuses,
    storedAt: store.description,
    commandLine,
  };
}
