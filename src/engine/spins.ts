import { availableParallelism } from 'node:os';
import type { PhaseSpec, Scenario } from '../scenario/index.ts';

/** What pacing depends on; recorded lists need not have been read. */
export interface Paced extends Pick<Scenario, 'engine'> {
  readonly load: readonly Pick<PhaseSpec, 'users' | 'saturate'>[];
}

/**
 * With fewer per worker, a loop that never sleeps would take what the targets or the kernel need.
 */
const CORES_FOR_PRECISE = 4;

/** Returns whether each of the sending loops never sleeps. */
export function spins(scenario: Paced, workers: number): boolean {
  const { pacing } = scenario.engine;
  if (pacing !== 'auto') return pacing === 'precise';
  return !hasOnlyUsers(scenario) && availableParallelism() >= CORES_FOR_PRECISE * workers;
}

/** Virtual users come by themselves as their answers do: there is nothing to be woken for. */
export function hasOnlyUsers({ load }: Pick<Paced, 'load'>): boolean {
  return load.every((phase) => phase.users ?? phase.saturate);
}
