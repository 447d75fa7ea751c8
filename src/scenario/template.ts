import { didYouMean, isExactNumber } from '../core/index.ts';
import { knownReference, type Reference, type ReferenceProblem } from './references.ts';

/**
 * A text in pieces: literal text, and holes. `$${` in the file is a literal `${`, not a hole.
 */
export type Template = readonly (string | Hole)[];

/** A part of a text that is filled in: before the run, or for every call anew. */
export interface Hole {
  readonly reference: Reference | CallReference;
  readonly form: HoleForm;
}

/**
 * How a value is written into its hole. `path`: percent-encoded, as a part of a path. `whole-path`:
 * a path with its query as it is, or the url of the target whose path it is. `header`: without
 * control characters. `text`: as it is. `json`: as a JSON value that keeps its type. `json-text`:
 * escaped, inside the quotes of a JSON text. `form`: encoded, as a value of a form.
 */
export type HoleForm = 'path' | 'whole-path' | 'header' | 'text' | 'json' | 'json-text' | 'form';

/** A reference whose value belongs to one arrival or one call. */
export type CallReference = { readonly character: number; readonly text: string } & (
  | { readonly kind: 'feeder'; readonly name: string; readonly column: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'random-uuid' }
  | { readonly kind: 'random-int'; readonly min: number; readonly max: number }
  | { readonly kind: 'random-text'; readonly characters: number }
  | { readonly kind: 'iteration-number' }
  | { readonly kind: 'iteration-phase' }
  | { readonly kind: 'replay-path' }
  | { readonly kind: 'replay-method' }
);

/** Names that begin a reference and can be neither a feeder nor a captured value. */
export const RESERVED_NAMES = [
  'env',
  'services',
  'proxies',
  'random',
  'iteration',
  'replay',
] as const;

const RANDOM_TEXT_MAX = 10_000;
const PIECE = /\$\$\{|\$\{([^}]*)\}?/gu;
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/u;
const COLUMN = /^([A-Za-z][A-Za-z0-9_-]{0,63})\.([^.\s(){}]{1,100})$/u;
const CALL = /^random\.(\w+)\s*(?:\(([^)]*)\))?$/u;
const WRITE =
  'Write ${FEEDER.COLUMN}, ${CAPTURED}, ${random.uuid}, ${random.int(1,100)}, ${random.text(8)}, ${iteration.number}, ${iteration.phase}, ${replay.path} or ${env.NAME}; $${ is a plain ${.';

/** Returns the pieces of a text, and what looks like a reference and is not one. */
export function readTemplate(
  text: string,
  form: HoleForm,
): { readonly template: Template; readonly problems: readonly ReferenceProblem[] } {
  const template: (string | Hole)[] = [];
  const problems: ReferenceProblem[] = [];
  let literal = '';
  let from = 0;
  for (const match of text.matchAll(PIECE)) {
    literal += text.slice(from, match.index);
    from = match.index + match[0].length;
    if (match[0] === '$${') {
      literal += '${';
      continue;
    }
    const read = readReference(match[0], match[1] ?? '', match.index);
    if ('kind' in read) {
      if (literal !== '') template.push(literal);
      literal = '';
      template.push({ reference: read, form });
    } else {
      problems.push(read);
    }
  }
  literal += text.slice(from);
  if (literal !== '') template.push(literal);
  return { template: form === 'path' ? template.map(wholePath) : template, problems };
}

/**
 * What is recorded is a path already; so is what alone makes up one, a Location that was captured
 * say.
 */
function wholePath(
  piece: string | Hole,
  _index: number,
  { length }: readonly (string | Hole)[],
): string | Hole {
  if (typeof piece === 'string') return piece;
  const { kind } = piece.reference;
  const isAlone = length === 1 && (kind === 'variable' || kind === 'feeder');
  return isAlone || kind === 'replay-path' ? { ...piece, form: 'whole-path' } : piece;
}

/**
 * Returns the JSON text of a value as a template: a text in it that is one reference alone keeps
 * the type of the reference's value; in any other, values are escaped into the text.
 */
export function jsonTemplate(value: unknown): Template {
  const pieces: (string | Hole)[] = [];
  const add = (...more: Template): void => {
    for (const piece of more) {
      const last = pieces.at(-1);
      if (typeof piece === 'string' && typeof last === 'string') pieces.splice(-1, 1, last + piece);
      else pieces.push(piece);
    }
  };
  const addText = (text: string): void => {
    const { template } = readTemplate(text, 'json-text');
    const [only] = template;
    if (template.length === 1 && typeof only === 'object') {
      add({ ...only, form: 'json' });
      return;
    }
    const inner = template.map((p) => (typeof p === 'string' ? insideQuotes(p) : p));
    add('"', ...inner, '"');
  };
  const addValue = (inner: unknown): void => {
    if (typeof inner === 'string') {
      addText(inner);
    } else if (Array.isArray(inner)) {
      inner.forEach((item: unknown, i) => {
        add(i === 0 ? '[' : ',');
        addValue(item);
      });
      add(inner.length === 0 ? '[]' : ']');
    } else if (typeof inner === 'object' && inner !== null && !isExactNumber(inner)) {
      const entries = Object.entries(inner);
      entries.forEach(([key, item]: [string, unknown], i) => {
        add(`${i === 0 ? '{' : ','}${JSON.stringify(key)}:`);
        addValue(item);
      });
      add(entries.length === 0 ? '{}' : '}');
    } else {
      add(JSON.stringify(inner));
    }
  };
  addValue(value);
  return pieces;
}

/** Returns the references of a template, in their order. */
export function referencesOf(template: Template): readonly (Reference | CallReference)[] {
  return template.flatMap((piece) => (typeof piece === 'string' ? [] : [piece.reference]));
}

/** Returns whether something in a template is yet to be filled in. */
export function hasHole(template: Template): boolean {
  return template.some((piece) => typeof piece !== 'string');
}

/** Returns the text of a template; references that are still in it are as they were written. */
export function templateText(template: Template): string {
  return template.map((p) => (typeof p === 'string' ? p : p.reference.text)).join('');
}

/** Returns whether a reference is filled in once, before the run, not for every call. */
export function isKnownBefore(reference: Reference | CallReference): reference is Reference {
  const { kind } = reference;
  return kind === 'env' || kind === 'services' || kind === 'proxies';
}

/** Returns a text as it is written between the quotes of a JSON text. */
export function insideQuotes(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function readReference(
  text: string,
  inside: string,
  character: number,
): Reference | CallReference | ReferenceProblem {
  if (!text.endsWith('}')) {
    return { character, message: `reference ${text} is not closed`, hint: 'Add a }.' };
  }
  const head = /^[A-Za-z]*/u.exec(inside)?.[0] ?? '';
  if (head === 'env' || head === 'services' || head === 'proxies') {
    return knownReference(text, inside, character);
  }
  const problem = (guess: string, hint = WRITE): ReferenceProblem => ({
    character,
    message: `unknown reference ${text}${guess}`,
    hint,
  });
  if (/^random(?:\.|$)/u.test(inside)) return randomReference(text, inside, character);
  if (inside === 'iteration.number') return { character, text, kind: 'iteration-number' };
  if (inside === 'iteration.phase') return { character, text, kind: 'iteration-phase' };
  if (/^iteration(?:\.|$)/u.test(inside)) {
    return problem(didYouMean(inside, ['iteration.number', 'iteration.phase']));
  }
  if (inside === 'replay.path') return { character, text, kind: 'replay-path' };
  if (inside === 'replay.method') return { character, text, kind: 'replay-method' };
  if (/^replay(?:\.|$)/u.test(inside)) {
    return problem(didYouMean(inside, ['replay.path', 'replay.method']));
  }
  if (NAME.test(inside)) return { character, text, kind: 'variable', name: inside };
  const [, name, column] = COLUMN.exec(inside) ?? [];
  if (name === undefined || column === undefined) return problem('');
  return { character, text, kind: 'feeder', name, column };
}

function randomReference(
  text: string,
  inside: string,
  character: number,
): CallReference | ReferenceProblem {
  const [, name = '', given] = CALL.exec(inside) ?? [];
  const numbers = given?.split(',').map((part) => part.trim()) ?? [];
  const [first = NaN, second = NaN] = numbers.map((n) => (/^-?\d{1,15}$/u.test(n) ? +n : NaN));
  if (name === 'uuid' && given === undefined) return { character, text, kind: 'random-uuid' };
  if (name === 'int' && numbers.length === 2 && first <= second) {
    return { character, text, kind: 'random-int', min: first, max: second };
  }
  if (name === 'text' && numbers.length === 1 && first >= 1 && first <= RANDOM_TEXT_MAX) {
    return { character, text, kind: 'random-text', characters: first };
  }
  const guess = didYouMean(name, ['uuid', 'int', 'text']);
  return {
    character,
    message: `unknown reference ${text}${['uuid', 'int', 'text'].includes(name) ? '' : guess}`,
    hint: `Write \${random.uuid}, \${random.int(1,100)} with the smaller number first, or \${random.text(8)} with 1 to ${RANDOM_TEXT_MAX} characters.`,
  };
}
