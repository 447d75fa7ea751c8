import { adviseTimeouts } from '../../advise/index.ts';
import { analyzeRun, type AnalyzedSource } from '../../analyze/index.ts';
import { loadOfProbes, measuredOnly, searchedRates } from '../../capacity/index.ts';
import { runNotFound, type RunRecord } from '../../core/index.ts';
import { evaluateThresholds, selectionsOf, type BaselineValues } from '../../gate/index.ts';
import type { RunReport } from '../../report/index.ts';
import type { CapacityPhaseSpec } from '../../scenario/index.ts';
import { arrivalsPerPhase, scheduleOf } from '../../schedule/index.ts';
import type { Baseline, LostBaseline } from './held-against.ts';
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
  baseline?: Baseline | LostBaseline,
): Promise<RunReport> {
  const run = await store.source.run(runId);
  if (!run) throw runNotFound(runId);
  const plan = await planOfRun(run);
  const search = plan.load.find((phase) => phase.capacity !== undefined);
  if (search) return searchReport(store, run, { plan, search, commandLine });
  const { wantedArrivals } = plan;
  const selections = selectionsOf(plan.thresholds);
  const analysis = await analyzeRun(store.source, run, { wantedArrivals, selections });
  // Few runs measure two versions or are held against another; what judges them is loaded then.
  const ab =
    plan.ab && (await (await import('./stored-ab.ts')).abResultOf(store.source, run, plan));
  const rowsEnd = plan.load.at(-1)?.rowsEnd;
  const isThere = baseline !== undefined && 'digest' in baseline;
  const lost = isThere ? undefined : baseline;
  const held = isThere
    ? await (await import('./held-against.ts')).heldAgainst(store.source, run, baseline)
    : undefined;
  const values = plan.ab
    ? await versionsHeld(store.source, run, plan)
    : lost
      ? lostValues(lost)
      : held?.values;
  const verdict = evaluateThresholds(plan.thresholds, analysis, values && { baseline: values });
  return {
    analysis,
    ...(ab && { ab }),
    ...(rowsEnd && { rowsEnd: { rows: rowsEnd.rows, of: rowsEnd.of } }),
    verdict,
    ...(held && { comparison: held.comparison(verdict) }),
    advice: adviseTimeouts(analysis),
    tags: plan.tags,
    okStatuses: plan.okStatuses,
    policies: plan.policies,
    storedAt: store.description,
    commandLine,
  };
}

/** Returns what a baseline that is lost says to every limit. */
export function lostValues({ lost }: LostBaseline): BaselineValues {
  return { runId: '', answer: () => ({ kind: 'absent', reason: lost }) };
}

/** Returns A as the baseline of B, where a threshold is relative to one. */
async function versionsHeld(
  source: AnalyzedSource,
  run: RunRecord,
  { ab, load, thresholds }: StoredPlan,
): Promise<BaselineValues | undefined> {
  if (ab === undefined || thresholds.every(({ limit }) => typeof limit === 'number')) {
    return undefined;
  }
  const { versionABaseline } = await import('./ab-baseline.ts');
  return versionABaseline(source, run, { steps: ab.steps, load });
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
  const thresholds = plan.thresholds.map((threshold) => ({ ...threshold, phase: '' }));
  const analysis = await analyzeRun(source, run.runId, {
    wantedArrivals: arrivalsPerPhase(scheduleOf({ seed: plan.seed, load })),
    selections: selectionsOf(thresholds),
  });
  return {
    analysis,
    verdict: evaluateThresholds(thresholds, analysis),
    advice: adviseTimeouts(analysis),
    capacity,
    tags: plan.tags,
    okStatuses: plan.okStatuses,
    policies: plan.policies,
    storedAt: store.description,
    commandLine,
  };
}
