import type { Ns } from '../core/index.ts';
import type { PhaseFile } from './file/load.ts';
import { stairRates } from './staircase.ts';

/**
 * Returns how long a phase lasts: its `for`, or the durations of its stages or steps together;
 * undefined for a replay, whose list is not read yet.
 */
export function phaseDurationNs(phase: PhaseFile): Ns | undefined {
  if (phase.replay) return undefined;
  const { stages, steps } = phase.arrivals ?? {};
  if (stages) return stages.reduce((sum, stage) => sum + stage.for, 0);
  return steps ? stairRates(steps).length * steps.each : phase.for;
}
