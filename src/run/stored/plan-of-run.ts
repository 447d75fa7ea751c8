import type { RunRecord } from '../../core/index.ts';
import { readPlan } from './plan-json.ts';
import { planOf, type StoredPlan } from './stored-plan.ts';

/**
 * Returns the plan of a stored run.
 * @throws RUN_PLAN_UNREADABLE; SCENARIO_INVALID for a run of before plans were stored, whose
 *   scenario this version does not take any more
 */
export async function planOfRun(run: RunRecord): Promise<StoredPlan> {
  return run.plan === '' ? planOfText(run) : readPlan(run);
}

/** Returns the plan of a run that is stored without one: it is derived from the scenario's text. */
async function planOfText({ runId, source }: RunRecord): Promise<StoredPlan> {
  const { parseScenario } = await import('../../scenario/index.ts');
  return planOf(parseScenario(source, `run ${runId}`));
}
