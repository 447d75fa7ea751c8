import { entriesOfFlow } from '../flow-walk.ts';
import type { Problem } from '../problem.ts';
import { namesIn, select, selectTexts } from '../select.ts';
import { parseThreshold } from '../threshold.ts';
import { phaseNames, unknownName } from './name-checks.ts';

/**
 * Returns a problem for every threshold that would match nothing: one that matches nothing holds
 * for ever, and nobody notices.
 */
export function thresholdProblems(file: unknown): Problem[] {
  const hasFlows = namesIn(file, 'flows') !== undefined;
  const steps = (namesIn(file, 'flows') ?? []).flatMap((flow) => stepNames(file, flow));
  return selectTexts(file, ['thresholds', '*']).flatMap(({ path, value }): Problem[] => {
    const threshold = parseThreshold(value);
    if (!('text' in threshold)) return [];
    const { step, phase } = threshold;
    const stepAt = { character: value.length - value.trimStart().length };
    const phaseAt = { character: Math.max(0, value.indexOf(phase, value.indexOf('{'))) };
    const unknown = [
      ...(step === '' ? [] : unknownName('step', step, hasFlows ? steps : undefined, path, stepAt)),
      ...(phase === '' ? [] : unknownName('phase', phase, phaseNames(file), path, phaseAt)),
    ];
    if (unknown.length > 0) return unknown;
    if (step !== '' && !runsIn(file, step, phase)) {
      const where = phase === '' ? 'any measured phase' : `phase "${phase}"`;
      const message = `step "${step}" does not run in ${where}: the threshold would match nothing`;
      return [{ path, part: stepAt, message, hint: "Name a step of the phase's flow." }];
    }
    return phase !== '' && !isMeasured(file, phase)
      ? [
          {
            path,
            part: phaseAt,
            message: `phase "${phase}" is not measured: the threshold would match nothing`,
            hint: 'Name a measured phase, or remove measure: false from this one.',
          },
        ]
      : [];
  });
}

/** Returns whether a step is part of the flow of a phase; of any measured phase for ''. */
export function runsIn(file: unknown, step: string, phase: string): boolean {
  const flows = namesIn(file, 'flows') ?? [];
  return select(file, ['load', '*']).some(({ value }) => {
    const name = selectTexts(value, ['phase'])[0]?.value ?? '';
    if (phase === '' ? !isMeasured(file, name) : name !== inFile(phase)) return false;
    const flow = selectTexts(value, ['flow'])[0]?.value ?? (flows.length === 1 ? flows[0] : '');
    // A phase whose flow is not known has a problem of its own.
    if (flow === undefined || !flows.includes(flow)) return true;
    return stepNames(file, flow).includes(step);
  });
}

function stepNames(file: unknown, flow: string): readonly string[] {
  return entriesOfFlow(file, flow).flatMap(({ value }) =>
    selectTexts(value, ['step']).map((step) => step.value),
  );
}

function isMeasured(file: unknown, phase: string): boolean {
  return select(file, ['load', '*']).some(
    ({ value }) =>
      selectTexts(value, ['phase'])[0]?.value === inFile(phase) &&
      select(value, ['measure'])[0]?.value !== false,
  );
}

/** A step of a staircase has the name of its phase in the file before the @. */
function inFile(phase: string): string {
  return phase.split('@', 1)[0] ?? phase;
}
