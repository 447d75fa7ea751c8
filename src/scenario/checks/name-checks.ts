import { NO_POLICY, PRESETS } from '../file/policy.ts';
import { steps as stairsFile } from '../file/steps.ts';
import { allEntries } from '../flow-walk.ts';
import { didYouMean, nearestName, pathText } from '../../core/index.ts';
import { namesText, type Path, type Problem } from '../problem.ts';
import { PROTOCOL_KINDS } from '../protocols/index.ts';
import { referencesIn, type Reference } from '../references.ts';
import { namesIn, select, selectTexts, type Selected } from '../select.ts';
import { stairsOf } from '../staircase.ts';
import { isKnownBefore, readTemplate, referencesOf } from '../template.ts';

/** Texts outside flows that may hold `${...}` references. */
const REFERENCE_PATHS: readonly (readonly string[])[] = [
  ['services', '*', 'command', '*'],
  ['services', '*', 'env', '*'],
  ['targets', '*', 'url'],
  ['targets', '*', 'endpoints', '*'],
  ['targets', '*', 'via'],
  ['targets', '*', 'tls', 'ca'],
  ['targets', '*', 'tls', 'cert'],
  ['targets', '*', 'tls', 'key'],
  ['targets', '*', 'tls', 'passphrase'],
  ['proxies', '*', 'upstream'],
];

/** Where one part of the file names another, and where the names are that it can mean. */
const USES = [
  { use: ['load', '*', 'flow'], kind: 'flow', section: 'flows' },
  { use: ['faults', '*', 'proxy'], kind: 'proxy', section: 'proxies' },
  { use: ['faults', '*', 'service'], kind: 'service', section: 'services' },
] as const;

/** Sections that may be left out: every name is then unknown. The others are missed as such. */
const OPTIONAL_SECTIONS: readonly string[] = ['services', 'proxies', 'policies'];

/** Names that must be unique in the file; keys of maps are so already. */
const UNIQUE = [
  { path: ['load', '*', 'phase'], kind: 'phase' },
  { path: ['faults', '*', 'name'], kind: 'fault' },
] as const;

/** Returns a problem for every name that means nothing in this file, or two things. */
export function nameProblems(file: unknown): Problem[] {
  return [
    ...duplicateNames(file),
    ...USES.flatMap(({ use, kind, section }) =>
      selectTexts(file, use).flatMap(({ path, value }) =>
        unknownName(kind, value, knownNames(file, section), path),
      ),
    ),
    ...selectTexts(file, ['faults', '*', 'during', 'phase']).flatMap(({ path, value }) =>
      unknownName('phase', value, phaseNames(file), path),
    ),
    ...selectInEntries(file, ['target']).flatMap(({ path, value }) =>
      unknownName('target', value, knownNames(file, 'targets'), path),
    ),
    ...[
      ...selectTexts(file, ['targets', '*', 'policy']),
      ...selectInEntries(file, ['policy']),
    ].flatMap(({ path, value }) => unknownPolicy(value, knownNames(file, 'policies'), path)),
    ...phasesWithoutFlow(file),
    ...stepsWithoutTarget(file),
    ...unknownReferences(file),
  ];
}

/**
 * Returns the phases' names in their order, and behind that of a staircase those of its steps;
 * undefined where the file has no list of phases.
 */
function phaseNames(file: unknown): readonly string[] | undefined {
  const [section] = select(file, ['load']);
  if (!Array.isArray(section?.value)) return undefined;
  return select(file, ['load', '*']).flatMap(({ value }) => {
    const names = selectTexts(value, ['phase']).map((name) => name.value);
    const [steps] = select(value, ['arrivals', 'steps']);
    const read = stairsFile.safeParse(steps?.value);
    return read.success
      ? names.flatMap((name) => [name, ...stairsOf(name, read.data).map((stair) => stair.name)])
      : names;
  });
}

/** Returns the problem of a name that is not among the known; none where those are not known. */
export function unknownName(
  kind: string,
  name: string,
  known: readonly string[] | undefined,
  path: Path,
  part: Problem['part'] = 'value',
): Problem[] {
  if (!known || known.includes(name)) return [];
  const hint =
    known.length === 0
      ? `The scenario has no ${plural(kind)}: add one.`
      : `The ${plural(kind)} of this scenario: ${namesText(known)}.`;
  const message = `unknown ${kind} "${name}"${didYouMean(name, known)}`;
  return [{ path, part, message, hint }];
}

/** A file without policies can still name a preset. */
function unknownPolicy(name: string, own: readonly string[] | undefined, path: Path): Problem[] {
  const known = [...new Set([...(own ?? []), ...PRESETS, NO_POLICY])];
  return own ? unknownName('policy', name, known, path) : [];
}

function knownNames(file: unknown, section: string): readonly string[] | undefined {
  const isLeftOut = OPTIONAL_SECTIONS.includes(section) && select(file, [section]).length === 0;
  return isLeftOut ? [] : namesIn(file, section);
}

function plural(kind: string): string {
  return kind.replace(/y$/u, 'ie') + 's';
}

function duplicateNames(file: unknown): Problem[] {
  return [
    ...duplicates('step', selectInEntries(file, ['step'])),
    ...UNIQUE.flatMap(({ path, kind }) => duplicates(kind, selectTexts(file, path))),
  ];
}

function duplicates(kind: string, names: readonly TextAt[]): Problem[] {
  const firsts = new Map<string, Path>();
  return names.flatMap(({ path, value }): Problem[] => {
    const first = firsts.get(value);
    if (!first) {
      firsts.set(value, path);
      return [];
    }
    const message = `duplicate ${kind} "${value}", the first is ${pathText(first)}`;
    const hint = `Give every ${kind} a name of its own.`;
    return [{ path, part: 'value', message, hint }];
  });
}

function phasesWithoutFlow(file: unknown): Problem[] {
  const flows = namesIn(file, 'flows') ?? [];
  if (flows.length < 2) return [];
  return select(file, ['load', '*']).flatMap(({ path, value }): Problem[] => {
    if (select(value, ['flow']).length > 0) return [];
    const message = `flow is missing: the scenario has ${flows.length} of them`;
    return [{ path, part: 'value', message, hint: `Add flow: ${namesText(flows, ' or ')}.` }];
  });
}

/** A step need not name the only target. */
function stepsWithoutTarget(file: unknown): Problem[] {
  const targets = namesIn(file, 'targets') ?? [];
  if (targets.length < 2) return [];
  return allEntries(file).flatMap(({ path, value }): Problem[] => {
    const keys = select(value, ['*']).map((key) => String(key.path[0]));
    const isMeant = keys.some((key) => nearestName(key, ['target']) !== undefined);
    if (!keys.includes('step') || isMeant) return [];
    const message = `target is missing: the scenario has ${targets.length} of them`;
    return [{ path, part: 'value', message, hint: `Add target: ${targets.join(' or ')}.` }];
  });
}

/** A text of the file, with the way to it. */
interface TextAt {
  readonly path: Path;
  readonly value: string;
}

/** Returns the texts that a pattern leads to in the entries of all flows, in file order. */
function selectInEntries(file: unknown, pattern: readonly string[]): readonly TextAt[] {
  return allEntries(file).flatMap(({ value, path }) =>
    selectTexts(value, pattern).map((text) => ({ ...text, path: [...path, ...text.path] })),
  );
}

/** A reference to what is known before the run, and the text that holds it. */
interface ReferenceAt {
  readonly path: Path;
  readonly reference: Reference;
}

/** Returns all references of a file that are filled in before the run. */
export function referencesBefore(file: unknown): readonly ReferenceAt[] {
  const outside = REFERENCE_PATHS.flatMap((path) => selectTexts(file, path)).flatMap(
    ({ path, value }) => referencesIn(value).references.map((reference) => ({ path, reference })),
  );
  const inSteps = allEntries(file).flatMap(templatedTexts);
  return [
    ...outside,
    ...inSteps.flatMap(({ path, value }) =>
      referencesOf(readTemplate(value, 'text').template)
        .filter(isKnownBefore)
        .map((reference) => ({ path, reference })),
    ),
  ];
}

/** Returns the texts of an entry of a flow in which values are filled in for every call. */
export function templatedTexts({ value, path }: Selected): TextAt[] {
  return [
    ...PROTOCOL_KINDS.flatMap(({ name }) => textsIn(value, [name], path)),
    ...textsIn(value, ['check', 'json'], path),
  ];
}

/** Returns all texts in what a pattern leads to, however deep. */
function textsIn(value: unknown, pattern: readonly string[], from: Path): TextAt[] {
  return select(value, pattern, from).flatMap(({ path, value: found }) =>
    typeof found === 'string' ? [{ path, value: found }] : textsIn(found, ['*'], path),
  );
}

function unknownReferences(file: unknown): Problem[] {
  return referencesBefore(file).flatMap(({ path, reference }): Problem[] => {
    if (reference.kind === 'env') return [];
    const kind = reference.kind === 'services' ? 'service' : 'proxy';
    const part = { character: reference.character };
    if (path[0] === 'proxies' && kind === 'proxy') {
      const message = `a proxy's upstream cannot be ${reference.text}`;
      return [{ path, part, message, hint: 'Name a service or an address: the real upstream.' }];
    }
    return unknownName(kind, reference.name, knownNames(file, reference.kind), path, part);
  });
}
