import { didYouMean } from '../../core/index.ts';
import type { EntryFile } from '../file/flow.ts';
import type { ScenarioFile } from '../file/scenario-file.ts';
import {
  allEntriesIn,
  flowsIn,
  innerLists,
  withInner,
  type EntryAt,
  type FlowAt,
} from '../flow-entries.ts';
import { namesText, type Problem } from '../problem.ts';
import { isOfReplay } from '../flow-references.ts';
import {
  isKnownBefore,
  readTemplate,
  referencesOf,
  RESERVED_NAMES,
  type CallReference,
} from '../template.ts';
import { templatedTexts } from './name-checks.ts';

/** More calls of one iteration than these are a load of their own. */
const CALLS_MAX = 10_000;

/** Returns a problem for every part of a flow that does not fit the others. */
export function flowProblems(file: ScenarioFile): Problem[] {
  return [
    ...flowsWithoutStep(file),
    ...tooManyCalls(file),
    ...reservedNames(file),
    ...hooksWithoutModule(file),
    ...unknownValues(file),
    ...unreplayedRequests(file),
  ];
}

function flowsWithoutStep(file: ScenarioFile): Problem[] {
  return flowsIn(file).flatMap((flow): Problem[] => {
    if (withInner(flow.entries).some(({ entry }) => entry.step !== undefined)) return [];
    const name = flow.name === '' ? String(flow.path[0]) : `flow "${flow.name}"`;
    const message = `${name} must have at least one step`;
    return [{ path: flow.path, part: 'key', message, hint: 'Add a step, or remove the flow.' }];
  });
}

function tooManyCalls(file: ScenarioFile): Problem[] {
  return flowsIn(file).flatMap((flow): Problem[] => {
    const calls = callsOf(flow.entries.map(({ entry }) => entry));
    if (calls <= CALLS_MAX) return [];
    const message = `a flow must make ${CALLS_MAX} calls at most, got up to ${calls}`;
    const hint = 'Repeat less often: more arrivals do the same.';
    return [{ path: flow.path, part: 'key', message, hint }];
  });
}

/** Returns the most calls that a list of entries can make. */
function callsOf(entries: readonly EntryFile[]): number {
  return sum(entries.map(callsOfEntry));
}

function callsOfEntry({ step, parallel = [], choose = [], repeat }: EntryFile): number {
  if (step !== undefined) return 1;
  if (repeat) {
    const { times } = repeat;
    return callsOf(repeat.do) * (typeof times === 'number' ? times : times.max);
  }
  return sum(parallel.map(callsOf)) + Math.max(0, ...choose.map((choice) => callsOf(choice.do)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

function reservedNames(file: ScenarioFile): Problem[] {
  const named = [
    ...Object.keys(file.feeders ?? {}).map((name) => ({
      path: ['feeders', name],
      name,
      kind: 'feeder',
    })),
    ...allEntriesIn(file).flatMap(({ entry, path }) =>
      Object.keys(entry.capture ?? {}).map((name) => ({
        path: [...path, 'capture', name],
        name,
        kind: 'captured value',
      })),
    ),
  ];
  return named.flatMap(({ path, name, kind }): Problem[] => {
    if (!RESERVED_NAMES.some((reserved) => reserved === name)) return [];
    const message = `a ${kind} cannot be called "${name}"`;
    const hint = `Take a name that is not ${RESERVED_NAMES.join(', ')}.`;
    return [{ path, part: 'key', message, hint }];
  });
}

function hooksWithoutModule(file: ScenarioFile): Problem[] {
  if (file.hooks !== undefined) return [];
  return allEntriesIn(file).flatMap(({ entry, path }): Problem[] => {
    if (entry.hook === undefined) return [];
    const message = `the hook "${entry.hook}" has no module`;
    const hint = 'Add hooks: MODULE.ts to the file.';
    return [{ path: [...path, 'hook'], part: 'value', message, hint }];
  });
}

/**
 * Reports references to what no step is certain to have captured by then. What a step captures is
 * there after it, and after a group whose branches have captured it; after a choice only what every
 * way captures; after a loop that may be made 0 times nothing of it. A branch does not see what
 * another one captures. A step that fails ends the flow, so that those after it need not care.
 */
function unknownValues(file: ScenarioFile): Problem[] {
  const problems: Problem[] = [];
  const feeders = Object.keys(file.feeders ?? {});
  const isSetup = ({ path }: FlowAt): boolean => path[0] === 'setup';
  const setup = flowsIn(file).filter(isSetup);
  const fromSetup = new Set(setup.flatMap(namesSetIn));
  for (const flow of flowsIn(file)) {
    const before = isSetup(flow) ? new Set<string>() : fromSetup;
    const everywhere = new Set([...before, ...namesSetIn(flow)]);
    walk(flow.entries, before, { feeders, everywhere }, problems);
  }
  return problems;
}

/**
 * Reports references to a recorded request in flows that a phase without recorded requests uses.
 */
function unreplayedRequests(file: ScenarioFile): Problem[] {
  const [first] = Object.keys(file.flows);
  return flowsIn(file).flatMap((flow) => {
    const uses = file.load.filter(
      (phase) => flow.name !== '' && (phase.flow ?? first) === flow.name,
    );
    if (uses.length > 0 && uses.every(({ replay }) => replay?.file !== undefined)) return [];
    return withInner(flow.entries)
      .flatMap(({ entry, path }) => templatedTexts({ value: entry, path }))
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
function walk(entries: readonly EntryAt[], before: Names, known: Known, out: Problem[]): Names {
  let certain = before;
  for (const at of entries) {
    out.push(...unknownIn(at, certain, known));
    const after = innerLists(at).map((list) => walk(list, certain, known, out));
    certain = new Set([...certain, ...namesSetBy(at), ...certainAfter(at.entry, after)]);
  }
  return certain;
}

function certainAfter({ choose, repeat }: EntryFile, after: readonly Names[]): readonly string[] {
  const [first, ...others] = after;
  if (!first) return [];
  if (choose) return [...first].filter((name) => others.every((names) => names.has(name)));
  const isSkippable = typeof repeat?.times === 'object' && repeat.times.min === 0;
  return isSkippable ? [] : after.flatMap((names) => [...names]);
}

function namesSetIn(flow: FlowAt): readonly string[] {
  return withInner(flow.entries).flatMap(namesSetBy);
}

function namesSetBy({ entry: { capture = {}, sets = [] } }: EntryAt): readonly string[] {
  return [...Object.keys(capture), ...sets];
}

function unknownIn({ entry, path: at }: EntryAt, certain: Names, known: Known): Problem[] {
  return templatedTexts({ value: entry, path: at }).flatMap(({ path, value }) =>
    referencesOf(readTemplate(value, 'text').template).flatMap((reference) => {
      if (isKnownBefore(reference)) return [];
      const problem = unknownReference(reference, certain, known);
      return problem ? [{ path, part: { character: reference.character }, ...problem }] : [];
    }),
  );
}

function unknownReference(
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
        : `The feeders of this scenario: ${namesText(feeders)}.`;
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
      : `Captured in this flow: ${namesText(names)}.`;
  return { message: `unknown reference ${text}${didYouMean(name, names)}`, hint };
}
