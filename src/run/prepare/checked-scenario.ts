import { dirname, resolve } from 'node:path';
import { compileFlows, hookNames, loadHooks } from '../../flow/index.ts';
import type { ScenarioWithFiles } from '../../scenario/index.ts';
import { withRowCounts } from './row-counts.ts';
import { stepLocation } from '../../scenario/named-files.ts';
import { readScenario } from '../../scenario/read-scenario.ts';

/**
 * Returns the scenario in a file, checked as a whole: also its feeders, its schemas, its .proto
 * files and the module with its hooks, so that nothing of it is found wrong in the middle of a run.
 * @throws SCENARIO_UNREADABLE, SCENARIO_INVALID, HOOKS_FAILED as what it reads does.
 */
export async function checkedScenario(file: string): Promise<ScenarioWithFiles> {
  return checked(await readScenario(file), file);
}

/** Returns a scenario that was read, checked as {@link checkedScenario} checks it. */
export async function checked(
  scenario: ScenarioWithFiles,
  file: string,
): Promise<ScenarioWithFiles> {
  const { rowCounts } = compileFlows(scenario, {
    locationOf: (step) => stepLocation(scenario, step),
  });
  if (scenario.targets.some(({ grpc }) => grpc !== undefined)) {
    const { checkProtoSteps } = await import('./grpc-schemas.ts');
    checkProtoSteps(scenario);
  }
  const { hooks } = scenario;
  if (hooks !== undefined) {
    await loadHooks(resolve(dirname(file), hooks), hookNames(scenario));
  }
  return withRowCounts(scenario, rowCounts);
}
