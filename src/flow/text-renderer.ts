import { formText, HarnessError, hashText } from '../core/index.ts';
import type { CallReference, Hole, Template } from '../scenario/index.ts';
import { between, drawKey, drawWord, nextDraw, type DrawSite, type SiteNumbers } from './draw.ts';
import { slotOf, type Names } from './names.ts';
import type { Scope } from './scope.ts';
import { segmentProblem, segmentHoles } from './path-segment.ts';
import { asPath, pathBase, pathProblem, pathIn } from './whole-path.ts';

/** Puts a text together for one call. */
export type TextRenderer = (scope: Scope) => string;

/** What a template's references are resolved against when it is compiled. */
export interface RenderContext {
  readonly names: Names;
  readonly numbers: SiteNumbers;
  /** Which template this is: its random values are drawn apart from those of any other. */
  readonly purpose: string;
  /** The url of the target that the text goes to. */
  readonly targetUrl: string;
  /** The location of the template, for messages. */
  readonly location: () => string;
}

/**
 * Returns what puts the template's text together.
 * @throws SCENARIO_INVALID for a column that its feeder does not have.
 */
export function textRenderer(template: Template, context: RenderContext): TextRenderer {
  refuseSegments(template, context);
  const pieces = template.map((piece, i) =>
    typeof piece === 'string' ? piece : pieceOf(piece, i, context),
  );
  const [first, second, third] = pieces;
  if (first === undefined) return () => '';
  // The two commonest shapes, for which a loop would cost more than the work.
  if (pieces.length === 1) return typeof first === 'string' ? () => first : first;
  if (typeof first === 'string' && typeof second === 'function' && third === undefined) {
    return (scope) => first + second(scope);
  }
  return (scope) => {
    let text = '';
    for (const piece of pieces) text += typeof piece === 'string' ? piece : piece(scope);
    return text;
  };
}

/**
 * Returns a value as it appears in a text: nothing for one that is not there, lists and maps as
 * JSON.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

function pieceOf(hole: Hole, index: number, context: RenderContext): TextRenderer {
  const { form, reference } = hole;
  const value = valueReader(reference, index, context);
  // What is filled in before the run is there still where a scenario is only looked at.
  if (value === undefined) return () => reference.text;
  switch (form) {
    case 'path':
      return (scope) => inPath(textOf(value(scope)));
    case 'whole-path': {
      if (reference.kind === 'replay-path') return (scope) => asPath(textOf(value(scope)));
      const base = pathBase(context.targetUrl);
      refuseRows(reference, (row) => pathProblem(row, base), WHOLE_PATH_HINT, context);
      return (scope) => pathIn(value(scope), base);
    }
    case 'header':
      return (scope) => inHeader(textOf(value(scope)));
    case 'json':
      return (scope) => asJson(value(scope));
    case 'form':
      return (scope) => formText(textOf(value(scope)));
    case 'json-text':
      return (scope) => JSON.stringify(textOf(value(scope))).slice(1, -1);
    case 'text':
    default:
      return (scope) => textOf(value(scope));
  }
}

/** Returns what reads a value for one call; undefined for one that is known before the run. */
function valueReader(
  reference: Hole['reference'],
  index: number,
  context: RenderContext,
): ((scope: Scope) => unknown) | undefined {
  const drawSite = (): DrawSite => ({
    site: context.numbers.sites++,
    purpose: hashText(`${context.purpose}:${index}`),
  });
  switch (reference.kind) {
    case 'env':
    case 'services':
    case 'proxies':
      return undefined;
    case 'feeder': {
      const { table, column } = columnOf(reference, context);
      return (scope) => table.valueIn(scope, column);
    }
    case 'variable': {
      const slot = slotOf(reference.name, context.names);
      return (scope) => scope.values[slot];
    }
    case 'random-int': {
      const { min, max } = reference;
      const site = drawSite();
      return (scope) => between(min, max, nextDraw(site, scope));
    }
    case 'random-uuid': {
      const site = drawSite();
      return (scope) => drawnUuid(site, scope);
    }
    case 'random-text': {
      const { characters } = reference;
      const site = drawSite();
      return (scope) => drawnText(site, scope, characters);
    }
    case 'iteration-number':
      return (scope) => scope.seq;
    case 'replay-path':
      return (scope) => scope.replayed?.path;
    case 'replay-method':
      return (scope) => scope.replayed?.method;
    case 'iteration-phase':
    default:
      return (scope) => scope.phase;
  }
}

function columnOf(
  { name, column, text }: Extract<CallReference, { readonly kind: 'feeder' }>,
  { names, location }: RenderContext,
) {
  const table = names.feeders.get(name);
  const index = table?.columns.indexOf(column) ?? -1;
  if (table && index >= 0) return { table, column: index };
  throw new HarnessError(
    'SCENARIO_INVALID',
    `unknown column "${column}" of feeder "${name}" in ${text} (${location()})`,
    { hint: `The columns of ${name}: ${(table?.columns ?? []).join(', ')}.` },
  );
}

const WHOLE_PATH_HINT =
  'A column that is a whole path holds paths with their queries, /orders?page=2 say.';

function refuseSegments(template: Template, context: RenderContext): void {
  for (const index of segmentHoles(template)) {
    const piece = template[index];
    if (piece === undefined || typeof piece === 'string') continue;
    refuseRows(piece.reference, segmentProblem, 'Leave the row out, or change the value.', context);
  }
}

/** The values of a column are known: one that does not fit its path is reported before the run. */
function refuseRows(
  reference: Hole['reference'],
  problemOf: (value: unknown) => string,
  hint: string,
  context: RenderContext,
): void {
  if (reference.kind !== 'feeder') return;
  const { table, column } = columnOf(reference, context);
  for (const [row, value] of [...table.valuesOf(column)].entries()) {
    const problem = problemOf(value);
    if (problem === '') continue;
    const message = `${reference.text} ${problem}, in row ${row + 1} (${context.location()})`;
    throw new HarnessError('SCENARIO_INVALID', message, { hint });
  }
}

const UNRESERVED = /^[\w.~-]*$/u;

/** A lone half of a character, which cannot be encoded, becomes U+FFFD. */
function inPath(text: string): string {
  return UNRESERVED.test(text) ? text : encodeURIComponent(text.toWellFormed());
}

const CONTROL = /\p{Cc}/u;

function inHeader(text: string): string {
  return CONTROL.test(text) ? text.replaceAll(/\p{Cc}/gu, ' ') : text;
}

function asJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

const HEX = Array.from({ length: 65_536 }, (_, i) => i.toString(16).padStart(4, '0'));

/** A UUID of version 4 (RFC 9562) whose random bits are drawn. */
function drawnUuid(site: DrawSite, scope: Scope): string {
  const key = drawKey(site, scope);
  const a = drawWord(key, scope, 0);
  const b = (drawWord(key, scope, 1) & 0xffff0fff) | 0x4000;
  const c = (drawWord(key, scope, 2) & 0x3fffffff) | 0x80000000;
  const d = drawWord(key, scope, 3);
  return `${upper(a)}${lower(a)}-${upper(b)}-${lower(b)}-${upper(c)}-${lower(c)}${upper(d)}${lower(d)}`;
}

function upper(word: number): string {
  return HEX[word >>> 16] ?? '';
}

function lower(word: number): string {
  return HEX[word & 0xffff] ?? '';
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** 62^5 < 2^32. */
const LETTERS_PER_WORD = 5;

function drawnText(site: DrawSite, scope: Scope, characters: number): string {
  const key = drawKey(site, scope);
  let text = '';
  for (let word = 0; text.length < characters; word++) {
    let rest = drawWord(key, scope, word);
    for (let i = 0; i < LETTERS_PER_WORD && text.length < characters; i++) {
      text += LETTERS[rest % LETTERS.length] ?? '';
      rest = Math.floor(rest / LETTERS.length);
    }
  }
  return text;
}
