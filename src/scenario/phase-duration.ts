import { invariant, type Ns } from '../core/index.ts';
import type { PhaseFile } from './file/load.ts';

/** Returns how long a phase lasts: its `for`, or the durations of its stages together. */
export function phaseDurationNs(phase: PhaseFile): Ns {
  const stages = phase.arrivals?.stages;
  if (stages) return stages.reduce((sum, stage) => sum + stage.for, 0);
  invariant(phase.for !== undefined, 'a phase without stages has a duration');
  return phase.for;
}
