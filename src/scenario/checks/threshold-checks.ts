import type { ScenarioFile } from '../file/scenario-file.ts';
import { allEntriesIn, entriesOfPhase } from '../flow-entries.ts';
import type { Problem } from '../problem.ts';
import { stairsIn } from '../staircase.ts';
import { unknownName } from './name-checks.ts';

/**
 * Returns a problem for every threshold that would match nothing: one that matches nothing holds
 * for ever, and nobody notices. `written` are the thresholds as the file has them.
 */
export function thresholdProblems(file: ScenarioFile, written: readonly string[]): Problem[] {
  const steps = allEntriesIn(file).flatMap(({ entry, path }) =>
    path[0] === 'flows' ? (entry.step ?? []) : [],
  );
  const phases = file.load.flatMap((phase) => [
    phase.phase,
    ...stairsIn(phase).map(({ name }) => name),
  ]);
  return file.thresholds.flatMap(({ step, metric, phase }, i): Problem[] => {
    const path = ['thresholds', i];
    const value = written[i] ?? '';
    const stepAt = { character: value.length - value.trimStart().length };
    const phaseAt = { character: Math.max(0, value.indexOf(phase, value.indexOf('{'))) };
    const unknown = [
      ...(step === ''
        ? []
        : metric === 'connect-errors'
          ? unknownName('target', step, Object.keys(file.targets), path, stepAt)
          : unknownName('step', step, steps, path, stepAt)),
      ...(phase === '' ? [] : unknownName('phase', phase, phases, path, phaseAt)),
    ];
    if (unknown.length > 0) return unknown;
    if (step !== '' && metric !== 'connect-errors' && !runsIn(file, step, phase)) {
      const where = phase === '' ? 'any measured phase' : `phase "${phase}"`;
      const message = `step "${step}" does not run in ${where}: the threshold would match nothing`;
      return [{ path, part: stepAt, message, hint: "Name a step of the phase's flow." }];
    }
    const isMeasured = file.load.some((one) => one.phase === inFile(phase) && one.measure);
    if (phase === '' || isMeasured) return [];
    return [
      {
        path,
        part: phaseAt,
        message: `phase "${phase}" is not measured: the threshold would match nothing`,
        hint: 'Name a measured phase, or remove measure: false from this one.',
      },
    ];
  });
}

/** Returns whether a step is part of the flow of a phase; of any measured phase for ''. */
export function runsIn(file: ScenarioFile, step: string, phase: string): boolean {
  return file.load.some((one) => {
    if (phase === '' ? !one.measure : one.phase !== inFile(phase)) return false;
    // A phase whose flow is not known has a problem of its own.
    if (one.flow === undefined && Object.keys(file.flows).length > 1) return true;
    if (one.flow !== undefined && !Object.hasOwn(file.flows, one.flow)) return true;
    return entriesOfPhase(one, file).some(({ entry }) => entry.step === step);
  });
}

/** A step of a staircase has the name of its phase in the file before the @. */
function inFile(phase: string): string {
  return phase.split('@', 1)[0] ?? phase;
}
