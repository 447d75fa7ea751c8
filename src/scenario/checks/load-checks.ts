import { formatDuration, type Ns } from '../../core/index.ts';
import { phase } from '../file/load.ts';
import { DURATION_NS_MAX } from '../file/quantities.ts';
import type { Problem } from '../problem.ts';
import { phaseDurationNs } from '../phase-duration.ts';
import { select } from '../select.ts';
import { stairsOf } from '../staircase.ts';

/** Returns a problem for phases that make no run. */
export function loadProblems(file: unknown): Problem[] {
  return [...runTooLong(file), ...nothingMeasured(file)];
}

/** Returns the durations of the phases that are valid, by name, and of a staircase's steps. */
export function phaseDurations(file: unknown): Map<string, Ns> {
  const durations = new Map<string, Ns>();
  for (const { value } of select(file, ['load', '*'])) {
    const read = phase.safeParse(value);
    const durationNs = read.success ? phaseDurationNs(read.data) : undefined;
    if (!read.success || durationNs === undefined) continue;
    durations.set(read.data.phase, durationNs);
    const { steps } = read.data.arrivals ?? {};
    if (!steps) continue;
    for (const stair of stairsOf(read.data.phase, steps)) durations.set(stair.name, steps.each);
  }
  return durations;
}

function runTooLong(file: unknown): Problem[] {
  const phases = [...phaseDurations(file)].filter(([name]) => !name.includes('@'));
  const totalNs = phases.reduce((sum, [, ns]) => sum + ns, 0);
  if (totalNs <= DURATION_NS_MAX) return [];
  const message = `the phases must last 100 days at most together, got ${formatDuration(totalNs)}`;
  return [{ path: ['load'], part: 'key', message, hint: 'Split it into several runs.' }];
}

function nothingMeasured(file: unknown): Problem[] {
  const phases = select(file, ['load', '*']);
  const measures = select(file, ['load', '*', 'measure']);
  if (phases.length === 0 || measures.length < phases.length) return [];
  if (measures.some(({ value }) => value !== false)) return [];
  const message = 'no phase is measured: there would be no result';
  return [{ path: ['load'], part: 'key', message, hint: 'Remove measure: false from a phase.' }];
}
