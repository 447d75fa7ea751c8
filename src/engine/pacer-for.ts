import type { Clock } from '../core/index.ts';
import type { ReadyScenario } from '../scenario/index.ts';
import { alarmPacer } from './alarm-pacer.ts';
import { timerPacer, type Pacer } from './pacer.ts';
import { SpinPacer } from './spin-pacer.ts';
import { hasOnlyUsers, spins } from './spins.ts';

/** Returns the pacer that the scenario asks for, or the one that suits this machine. */
export function pacerFor(scenario: ReadyScenario, clock: Clock, workers: number): Pacer {
  if (spins(scenario, workers)) return new SpinPacer(clock);
  const { pacing } = scenario.engine;
  const isThrifty = pacing === 'thrifty' || (pacing === 'auto' && hasOnlyUsers(scenario));
  return isThrifty ? timerPacer(clock) : alarmPacer(clock);
}
