import type { PlannedScenario, ScenarioWithFiles } from '../../scenario/index.ts';
import type { Store } from '../../store/index.ts';
import { readMeasuredDelays } from './measured-delays.ts';
import { readLoad } from './read-load.ts';

/**
 * Returns the scenario with what it takes from recordings and from the store: arrivals and delays.
 * @param note takes what was found, for people
 * @throws REPLAY_UNREADABLE, RUN_NOT_FOUND
 */
export async function planScenario(
  scenario: ScenarioWithFiles,
  source: Store['source'],
  note: (text: string) => void,
): Promise<PlannedScenario> {
  const load = await readLoad(scenario, source, note);
  const faults = await readMeasuredDelays(scenario.faults, source, note);
  return Object.freeze({ ...scenario, load, faults });
}
