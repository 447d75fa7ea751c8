import { formatDuration, type Ns } from '../../core/index.ts';
import { DURATION_NS_MAX } from '../file/quantities.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import type { Problem } from '../problem.ts';
import { phaseDurationNs } from '../phase-duration.ts';
import { stairsIn } from '../staircase.ts';

/** Returns a problem for phases that make no run. */
export function loadProblems(file: ScenarioFile): Problem[] {
  return [...runTooLong(file), ...nothingMeasured(file)];
}

/**
 * Returns the durations of the phases whose length is known, by name, and of a staircase's steps.
 */
export function phaseDurations({ load }: ScenarioFile): Map<string, Ns> {
  const durations = new Map<string, Ns>();
  for (const phase of load) {
    const durationNs = phaseDurationNs(phase);
    if (durationNs === undefined) continue;
    durations.set(phase.phase, durationNs);
    for (const stair of stairsIn(phase)) durations.set(stair.name, stair.durationNs);
  }
  return durations;
}

function runTooLong(file: ScenarioFile): Problem[] {
  const totalNs = file.load.reduce((sum, phase) => sum + (phaseDurationNs(phase) ?? 0), 0);
  if (totalNs <= DURATION_NS_MAX) return [];
  const message = `the phases must last 100 days at most together, got ${formatDuration(totalNs)}`;
  return [{ path: ['load'], part: 'key', message, hint: 'Split it into several runs.' }];
}

function nothingMeasured({ load }: ScenarioFile): Problem[] {
  if (load.some(({ measure }) => measure)) return [];
  const message = 'no phase is measured: there would be no result';
  return [{ path: ['load'], part: 'key', message, hint: 'Remove measure: false from a phase.' }];
}
