import type { PhaseFile } from '../file/load.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import type { Path, Problem } from '../problem.ts';
import { valueAt } from '../select.ts';
import { policyLack, runsIn } from './threshold-checks.ts';

/**
 * Returns a problem for everything that does not go with a search for capacity: it is the last
 * phase and the only measured one, since what it makes of the run's time is not known before.
 * `written` is the file as it was read.
 */
export function capacityProblems(file: ScenarioFile, written: unknown): Problem[] {
  const searches = file.load.flatMap(({ capacity }, i) => (capacity ? [i] : []));
  const [first, ...others] = searches;
  if (first === undefined) return [];
  return [
    ...others.map((i) => problem(['load', i], ['capacity'], ONE_SEARCH)),
    ...file.load.flatMap((phase, i) => phaseProblems(phase, i, first)),
    ...file.faults.map((_, i) => problem(['faults', i], [], NO_FAULTS)),
    ...objectiveProblems(file, first, written),
  ];
}

type Wording = readonly [message: string, hint: string];

const ONE_SEARCH: Wording = [
  'a run has one capacity search',
  'Make the other a scenario of its own.',
];
const NO_FAULTS: Wording = [
  'a fault does not go with a capacity search: nobody knows when which rate is probed',
  'Remove the faults, or find the capacity with steps: { from, to, by, each }.',
];
const NOT_LAST: Wording = [
  'no phase comes after a capacity search: nobody knows when it ends',
  'Make the search the last phase.',
];
const NOT_OPEN: Wording = [
  'before a capacity search there are only phases with arrivals',
  'Warm up with arrivals: { rate: 50/s }, or not at all: each probe has a lead-in.',
];
const MEASURED: Wording = [
  'a phase before a capacity search is not measured: results are of the probes',
  'Write measure: false.',
];
const UNMEASURED: Wording = ['a capacity search is always measured', 'Remove measure: false.'];

function phaseProblems(phase: PhaseFile, index: number, searchIndex: number): readonly Problem[] {
  const path = ['load', index];
  if (index === searchIndex) return phase.measure ? [] : [problem(path, ['measure'], UNMEASURED)];
  if (phase.capacity) return [];
  if (index > searchIndex) return [problem(path, [], NOT_LAST)];
  const other = (['users', 'replay', 'saturate'] as const).find((key) => phase[key] !== undefined);
  if (other !== undefined) return [problem(path, [other], NOT_OPEN)];
  return phase.measure ? [problem(path, [], MEASURED)] : [];
}

function objectiveProblems(
  file: ScenarioFile,
  search: number,
  written: unknown,
): readonly Problem[] {
  const { phase, capacity } = file.load[search] ?? {};
  const path = ['load', search, 'capacity', 'objective'];
  const texts = valueAt(written, path);
  return (capacity?.objective ?? []).flatMap(({ step, metric }, i): Problem[] => {
    const runs = step === '' || runsIn(file, step, phase ?? '');
    const wrong = runs
      ? policyLack(file, { step, metric })
      : {
          message: `step "${step}" does not run in phase "${phase ?? ''}"`,
          hint: "Name a step of the phase's flow.",
        };
    if (wrong === undefined) return [];
    const text = String(Array.isArray(texts) ? texts[i] : texts);
    const character = text.length - text.trimStart().length;
    const at = Array.isArray(texts) ? [...path, i] : path;
    return [{ path: at, part: { character }, ...wrong }];
  });
}

function problem(path: Path, below: readonly string[], [message, hint]: Wording): Problem {
  return {
    path: [...path, ...below],
    part: below.length > 0 ? 'key' : 'value',
    message,
    hint,
  };
}
