import { pathText, type Problem } from '../problem.ts';
import { select, selectTexts, type Selected } from '../select.ts';
import { parseThreshold } from '../threshold.ts';
import { runsIn } from './threshold-checks.ts';

/**
 * Returns a problem for everything that does not go with a search for capacity: it is the last phase
 * and the only measured one, since what it makes of the run's time is not known before.
 */
export function capacityProblems(file: unknown): Problem[] {
  const phases = select(file, ['load', '*']);
  const searches = phases.filter(({ value }) => select(value, ['capacity']).length > 0);
  const [first] = searches;
  if (first === undefined) return [];
  return [
    ...searches.slice(1).map((search) => problem(search, ['capacity'], ONE_SEARCH)),
    ...phases.flatMap((phase) => phaseProblems(phase, phases.indexOf(first), phases)),
    ...select(file, ['faults', '*']).map((fault) => problem(fault, [], NO_FAULTS)),
    ...objectiveProblems(file, first),
  ];
}

type Saying = readonly [message: string, hint: string];

const ONE_SEARCH: Saying = [
  'a run has one capacity search',
  'Make the other a scenario of its own.',
];
const NO_FAULTS: Saying = [
  'a fault does not go with a capacity search: nobody knows when which rate is probed',
  'Remove the faults, or find the capacity with steps: { from, to, by, each }.',
];
const NOT_LAST: Saying = [
  'no phase comes after a capacity search: nobody knows when it ends',
  'Make the search the last phase.',
];
const NOT_OPEN: Saying = [
  'before a capacity search there are only phases with arrivals',
  'Warm up with arrivals: { rate: 50/s }, or not at all: each probe has a lead-in.',
];
const MEASURED: Saying = [
  'a phase before a capacity search is not measured: results are of the probes',
  'Write measure: false.',
];
const UNMEASURED: Saying = ['a capacity search is always measured', 'Remove measure: false.'];

function phaseProblems(
  phase: Selected,
  searchIndex: number,
  phases: readonly Selected[],
): readonly Problem[] {
  const index = phases.indexOf(phase);
  const unmeasured = select(phase.value, ['measure'])[0]?.value === false;
  if (index === searchIndex) return unmeasured ? [problem(phase, ['measure'], UNMEASURED)] : [];
  if (select(phase.value, ['capacity']).length > 0) return [];
  if (index > searchIndex) return [problem(phase, [], NOT_LAST)];
  const other = ['users', 'replay', 'saturate'].find(
    (key) => select(phase.value, [key]).length > 0,
  );
  if (other !== undefined) return [problem(phase, [other], NOT_OPEN)];
  return unmeasured ? [] : [problem(phase, [], MEASURED)];
}

function objectiveProblems(file: unknown, search: Selected): readonly Problem[] {
  const name = selectTexts(search.value, ['phase'])[0]?.value ?? '';
  const texts = [
    ...selectTexts(search.value, ['capacity', 'objective']),
    ...selectTexts(search.value, ['capacity', 'objective', '*']),
  ];
  return texts.flatMap(({ path, value }): Problem[] => {
    const objective = parseThreshold(value);
    if (!('text' in objective) || objective.step === '') return [];
    if (runsIn(file, objective.step, name)) return [];
    const message = `step "${objective.step}" does not run in phase "${name}"`;
    const character = value.length - value.trimStart().length;
    const hint = "Name a step of the phase's flow.";
    return [{ path: [...search.path, ...path], part: { character }, message, hint }];
  });
}

function problem({ path }: Selected, below: readonly string[], [message, hint]: Saying): Problem {
  const place = [...path, ...below];
  const part = below.length > 0 ? 'key' : 'value';
  return { path: place, part, message: `${message} (${pathText(path)})`, hint };
}
