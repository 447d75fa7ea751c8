import { didYouMean } from '../nearest-name.ts';
import { pathText, type Path, type Problem } from '../problem.ts';
import { referencesIn } from '../references.ts';
import { namesIn, select, selectTexts } from '../select.ts';

/** Texts of the file that may hold `${...}` references. */
export const REFERENCE_PLACES: readonly (readonly string[])[] = [
  ['services', '*', 'command', '*'],
  ['services', '*', 'env', '*'],
  ['targets', '*', 'url'],
  ['proxies', '*', 'upstream'],
  ['flows', '*', '*', 'http', 'path'],
  ['flows', '*', '*', 'http', 'headers', '*'],
];

/** Where one part of the file names another, and where the names are that it can mean. */
const USES = [
  { use: ['flows', '*', '*', 'target'], kind: 'target', section: 'targets' },
  { use: ['load', '*', 'flow'], kind: 'flow', section: 'flows' },
  { use: ['faults', '*', 'proxy'], kind: 'proxy', section: 'proxies' },
] as const;

/** Sections that may be left out: every name is then unknown. The others are missed as such. */
const OPTIONAL_SECTIONS: readonly string[] = ['services', 'proxies'];

/** Names that must be unique in the file; keys of maps are so already. */
const UNIQUE = [
  { place: ['flows', '*', '*', 'step'], kind: 'step' },
  { place: ['load', '*', 'phase'], kind: 'phase' },
  { place: ['faults', '*', 'name'], kind: 'fault' },
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
    ...phasesWithoutFlow(file),
    ...REFERENCE_PLACES.flatMap((place) => unknownReferences(file, place)),
  ];
}

/** Returns the phases' names in their order; undefined where the file has no list of phases. */
export function phaseNames(file: unknown): readonly string[] | undefined {
  const [section] = select(file, ['load']);
  if (!Array.isArray(section?.value)) return undefined;
  return selectTexts(file, ['load', '*', 'phase']).map(({ value }) => value);
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
      : `The ${plural(kind)} of this scenario: ${known.join(', ')}.`;
  const message = `unknown ${kind} "${name}"${didYouMean(name, known)}`;
  return [{ path, part, message, hint }];
}

function knownNames(file: unknown, section: string): readonly string[] | undefined {
  const isLeftOut = OPTIONAL_SECTIONS.includes(section) && select(file, [section]).length === 0;
  return isLeftOut ? [] : namesIn(file, section);
}

function plural(kind: string): string {
  return kind === 'proxy' ? 'proxies' : `${kind}s`;
}

function duplicateNames(file: unknown): Problem[] {
  return UNIQUE.flatMap(({ place, kind }) => {
    const firsts = new Map<string, Path>();
    return selectTexts(file, place).flatMap(({ path, value }): Problem[] => {
      const first = firsts.get(value);
      if (!first) {
        firsts.set(value, path);
        return [];
      }
      const message = `duplicate ${kind} "${value}", the first is ${pathText(first)}`;
      const hint = `Give every ${kind} a name of its own.`;
      return [{ path, part: 'value', message, hint }];
    });
  });
}

function phasesWithoutFlow(file: unknown): Problem[] {
  const flows = namesIn(file, 'flows') ?? [];
  if (flows.length < 2) return [];
  return select(file, ['load', '*']).flatMap(({ path, value }): Problem[] => {
    if (select(value, ['flow']).length > 0) return [];
    const message = `flow is missing: the scenario has ${flows.length} of them`;
    return [{ path, part: 'value', message, hint: `Add flow: ${flows.join(' or ')}.` }];
  });
}

function unknownReferences(file: unknown, place: readonly string[]): Problem[] {
  return selectTexts(file, place).flatMap(({ path, value }) =>
    referencesIn(value).references.flatMap((reference) => {
      if (reference.kind === 'env') return [];
      const kind = reference.kind === 'services' ? 'service' : 'proxy';
      const known = knownNames(file, reference.kind);
      const part = { character: reference.character };
      if (place[0] === 'proxies' && kind === 'proxy') {
        const message = `a proxy's upstream cannot be ${reference.text}`;
        return [{ path, part, message, hint: 'Name a service or an address: the real upstream.' }];
      }
      return unknownName(kind, reference.name, known, path, part);
    }),
  );
}
