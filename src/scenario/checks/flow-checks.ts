import { allEntries, entriesIn, flowsOf, innerLists } from '../flow-walk.ts';
import { didYouMean } from '../../core/index.ts';
import type { Problem } from '../problem.ts';
import { namesIn, select, selectTexts, type Selected } from '../select.ts';
import {
  isKnownBefore,
  readTemplate,
  referencesOf,
  RESERVED_NAMES,
  type CallReference,
} from '../template.ts';
import { isOfReplay } from '../replayed-request.ts';
import { templatedTexts } from './name-checks.ts';

/** More calls of one iteration than these are a load of their own. */
const CALLS_MAX = 10_000;

/** Returns a problem for every part of a flow that does not fit the others. */
export function flowProblems(file: unknown): Problem[] {
  return [
    ...flowsWithoutStep(file),
    ...tooManyCalls(file),
    ...reservedNames(file),
    ...hooksWithoutModule(file),
    ...unknownValues(file),
    ...unreplayedRequests(file),
  ];
}

function flowsWithoutStep(file: unknown): Problem[] {
  return flowsOf(file).flatMap((flow): Problem[] => {
    const entries = entriesIn(flow.value, flow.path);
    const isStep = ({ value }: Selected): boolean => select(value, ['step']).length > 0;
    if (entries.length === 0 || entries.some(isStep)) return [];
    // An entry that is none has a problem of its own.
    const kinds = ['think', 'parallel', 'choose', 'repeat', 'hook'];
    const isEntry = ({ value }: Selected): boolean =>
      kinds.some((kind) => select(value, [kind]).length > 0);
    if (!entries.every(isEntry)) return [];
    const name = flow.name === '' ? String(flow.path[0]) : `flow "${flow.name}"`;
    const message = `${name} must have at least one step`;
    return [{ path: flow.path, part: 'key', message, hint: 'Add a step, or remove the flow.' }];
  });
}

function tooManyCalls(file: unknown): Problem[] {
  return flowsOf(file).flatMap((flow): Problem[] => {
    const calls = callsOf(flow.value);
    if (calls <= CALLS_MAX) return [];
    const message = `a flow must make ${CALLS_MAX} calls at most, got up to ${calls}`;
    const hint = 'Repeat less often: more arrivals do the same.';
    return [{ path: flow.path, part: 'key', message, hint }];
  });
}

/** Returns the most calls that a list of entries can make. */
function callsOf(list: unknown): number {
  const sums = select(list, ['*']).map(({ value }) => {
    const inner = (pattern: readonly string[]): number[] =>
      select(value, pattern).map((found) => callsOf(found.value));
    const sum = (calls: number[]): number => calls.reduce((a, b) => a + b, 0);
    const [repeat] = inner(['repeat', 'do']);
    if (repeat !== undefined) return repeat * timesMax(value);
    if (select(value, ['step']).length > 0) return 1;
    return sum(inner(['parallel', '*'])) + Math.max(0, ...inner(['choose', '*', 'do']));
  });
  return sums.reduce((a, b) => a + b, 0);
}

function timesMax(entry: unknown): number {
  const given = [
    ...select(entry, ['repeat', 'times']),
    ...select(entry, ['repeat', 'times', 'max']),
  ].map(({ value }) => value);
  return Math.max(1, ...given.filter((value) => typeof value === 'number'));
}

function reservedNames(file: unknown): Problem[] {
  const places = [
    ...select(file, ['feeders', '*']).map(({ path }) => ({ path, kind: 'feeder' })),
    ...allEntries(file).flatMap(({ value, path }) =>
      select(value, ['capture', '*'], path).map((capture) => ({
        path: capture.path,
        kind: 'captured value',
      })),
    ),
  ];
  return places.flatMap(({ path, kind }): Problem[] => {
    const name = String(path.at(-1));
    if (!RESERVED_NAMES.some((reserved) => reserved === name)) return [];
    const message = `a ${kind} cannot be called "${name}"`;
    return [
      { path, part: 'key', message, hint: `Take a name that is not ${RESERVED_NAMES.join(', ')}.` },
    ];
  });
}

function hooksWithoutModule(file: unknown): Problem[] {
  if (select(file, ['hooks']).length > 0) return [];
  return allEntries(file).flatMap(({ value, path }) =>
    selectTexts(value, ['hook']).map((hook): Problem => {
      const message = `the hook "${hook.value}" has no module`;
      const hint = 'Add hooks: MODULE.ts to the file.';
      return { path: [...path, 'hook'], part: 'value', message, hint };
    }),
  );
}

/**
 * Reports references to what no step is certain to have captured by then. What a step captures is
 * there after it, and after a group whose branches have captured it; after a choice only what every
 * way captures; after a loop that may be made 0 times nothing of it. A branch does not see what
 * another one captures. A step that fails ends the flow, so that those after it need not care.
 */
function unknownValues(file: unknown): Problem[] {
  const problems: Problem[] = [];
  const feeders = namesIn(file, 'feeders') ?? [];
  const setup = flowsOf(file).find(({ path }) => path[0] === 'setup');
  const fromSetup = new Set(entriesIn(setup?.value).flatMap(namesSetBy));
  for (const flow of flowsOf(file)) {
    const before = flow === setup ? new Set<string>() : fromSetup;
    const everywhere = new Set([...before, ...entriesIn(flow.value).flatMap(namesSetBy)]);
    const known = { feeders, everywhere };
    walk(select(flow.value, ['*'], flow.path), before, known, problems);
  }
  return problems;
}

/** Reports references to a recorded request in flows that a phase without recorded requests uses. */
function unreplayedRequests(file: unknown): Problem[] {
  const flows = flowsOf(file);
  const named = flows.filter(({ name }) => name !== '');
  const phases = select(file, ['load', '*']).map(({ value }) => ({
    flow: selectTexts(value, ['flow'])[0]?.value ?? named[0]?.name,
    isRecorded: select(value, ['replay', 'file']).length > 0,
  }));
  return flows.flatMap((flow) => {
    const uses = phases.filter(({ flow: used }) => flow.name !== '' && used === flow.name);
    if (uses.length > 0 && uses.every(({ isRecorded }) => isRecorded)) return [];
    return entriesIn(flow.value, flow.path)
      .flatMap(templatedTexts)
      .flatMap(({ value, path }) =>
        referencesOf(readTemplate(value, 'text').template)
          .filter(isOfReplay)
          .map((reference): Problem => ({
            path,
            part: { character: reference.character },
            message: `${reference.text} stands in a flow that does not replay recorded requests only`,
            hint: 'Use the flow in phases with replay: { file: ... } alone.',
          })),
      );
  });
}

interface Known {
  readonly feeders: readonly string[];
  /** All names that the flow can ever know. */
  readonly everywhere: ReadonlySet<string>;
}

type Names = ReadonlySet<string>;

/** Returns what is certain to be known after the entries, if `before` was. */
function walk(entries: readonly Selected[], before: Names, known: Known, out: Problem[]): Names {
  let certain = before;
  for (const entry of entries) {
    out.push(...unknownIn(entry, certain, known));
    const after = innerLists(entry).map((list) =>
      walk(select(list.value, ['*'], list.path), certain, known, out),
    );
    certain = new Set([...certain, ...namesSetBy(entry), ...certainAfter(entry, after)]);
  }
  return certain;
}

function certainAfter(entry: Selected, after: readonly Names[]): readonly string[] {
  const [first, ...others] = after;
  if (!first) return [];
  if (select(entry.value, ['choose']).length > 0) {
    return [...first].filter((name) => others.every((names) => names.has(name)));
  }
  const isSkippable = select(entry.value, ['repeat', 'times', 'min'])[0]?.value === 0;
  return isSkippable ? [] : after.flatMap((names) => [...names]);
}

function namesSetBy({ value }: Selected): readonly string[] {
  const captured = select(value, ['capture', '*']).map(({ path }) => String(path.at(-1)));
  return [...captured, ...selectTexts(value, ['sets', '*']).map((name) => name.value)];
}

function unknownIn(entry: Selected, certain: Names, known: Known): Problem[] {
  return templatedTexts(entry).flatMap(({ path, value }) =>
    referencesOf(readTemplate(value, 'text').template).flatMap((reference) => {
      const problem = isKnownBefore(reference) ? undefined : faultOf(reference, certain, known);
      return problem ? [{ path, part: { character: reference.character }, ...problem }] : [];
    }),
  );
}

function faultOf(
  reference: CallReference,
  certain: Names,
  { feeders, everywhere }: Known,
): Pick<Problem, 'message' | 'hint'> | undefined {
  const { kind, text } = reference;
  if (kind === 'feeder') {
    const { name } = reference;
    if (feeders.includes(name)) return undefined;
    const hint =
      feeders.length === 0
        ? 'The scenario has no feeders: add one.'
        : `The feeders of this scenario: ${feeders.join(', ')}.`;
    return { message: `unknown feeder "${name}" in ${text}${didYouMean(name, feeders)}`, hint };
  }
  if (kind !== 'variable' || certain.has(reference.name)) return undefined;
  const { name } = reference;
  if (everywhere.has(name)) {
    return {
      message: `${text} is used where nothing is certain to have captured it`,
      hint: 'Capture it in a step before this one that is always made, or give every way of the choice before it that capture.',
    };
  }
  const names = [...everywhere];
  const hint =
    names.length === 0
      ? 'No step before it captures anything: add capture to one, or write $${ for a plain ${.'
      : `Captured in this flow: ${names.join(', ')}.`;
  return { message: `unknown reference ${text}${didYouMean(name, names)}`, hint };
}
