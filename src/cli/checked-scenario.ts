import { dirname, resolve } from 'node:path';
import { compileFlows, hookNames, loadHooks } from '../flow/index.ts';
import { checkProtoSteps } from './grpc-schemas.ts';
import { readScenario, stepPlace, type Scenario } from '../scenario/index.ts';

/**
 * Returns the scenario in a file, checked as a whole: also its feeders, its schemas, its .proto
 * files and the module with its hooks, so that nothing of it is found wrong in the middle of a run.
 * @throws SCENARIO_UNREADABLE, SCENARIO_INVALID, HOOKS_FAILED as what it reads does.
 */
export async function checkedScenario(file: string): Promise<Scenario> {
  const scenario = await readScenario(file);
  compileFlows(scenario, { placeOf: (step) => stepPlace(scenario, step) });
  checkProtoSteps(scenario);
  const { hooks } = scenario;
  if (hooks !== undefined) {
    await loadHooks(resolve(dirname(file), hooks), hookNames(scenario));
  }
  return scenario;
}
