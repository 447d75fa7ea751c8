import { availableParallelism } from 'node:os';
import type { Clock } from '../core/index.ts';
import type { ReadyScenario } from '../scenario/index.ts';
import { alarmPacer } from './alarm-pacer.ts';
import { timerPacer, type Pacer } from './pacer.ts';
import { SpinPacer } from './spin-pacer.ts';

/**
 * With fewer per worker, a loop that never sleeps would take what the targets or the kernel need.
 */
const CORES_FOR_PRECISE = 4;

/** Returns the pacer that the scenario asks for, or the one that suits this machine. */
export function pacerFor({ engine, load }: ReadyScenario, clock: Clock, workers: number): Pacer {
  switch (engine.pacing) {
    case 'precise':
      return new SpinPacer();
    case 'balanced':
      return alarmPacer(clock);
    case 'thrifty':
      return timerPacer(clock);
    case 'auto':
      // Virtual users come by themselves as their answers do: there is nothing to be woken for.
      if (load.every((phase) => phase.users ?? phase.saturate)) return timerPacer(clock);
      return availableParallelism() < CORES_FOR_PRECISE * workers
        ? alarmPacer(clock)
        : new SpinPacer();
  }
}
