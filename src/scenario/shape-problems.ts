import type * as z from 'zod';
import { keysAt, keysWith, scenarioJsonSchema, schemaAt, type JsonSchema } from './json-schema.ts';
import { didYouMean, nearestName, pathText } from '../core/index.ts';
import { seenText, subjectOf, type Path, type Problem } from './problem.ts';
import { valueAt } from './select.ts';

/** A problem with the shape of the file, by the schema. */
interface ShapeProblem extends Problem {
  /** The key that is missing, where that is the problem. */
  readonly missingKey?: string;
}

/** The fix for a file that is no scenario at all. */
export const SCENARIO_HINT =
  'A scenario needs name, targets, flows and load: scenarios/single-endpoint.yaml is one to start from.';

/**
 * Returns a problem for everything that the schema found wrong in a file. The messages of the
 * schema say what a value must be; key, value seen and location are put around them here, and the
 * fix is made of the schema's own descriptions and examples.
 */
export function shapeProblems(found: readonly z.core.$ZodIssue[], file: unknown): Problem[] {
  const schema = scenarioJsonSchema();
  const issues = found.flatMap((issue) => issuesOfForm(issue, file));
  const problems = issues.flatMap((issue) => problemsOf(issue, file, schema));
  const unknownKeys = new Map(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' ? [[JSON.stringify(pathOf(issue)), issue.keys]] : [],
    ),
  );
  return problems.filter((problem) => !isEchoOfMisspelling(problem, unknownKeys));
}

/** Of a value that may have several forms: what is wrong with the one that it has, a map. */
function issuesOfForm(issue: z.core.$ZodIssue, file: unknown): readonly z.core.$ZodIssue[] {
  const map = valueAt(file, pathOf(issue));
  if (issue.code !== 'invalid_union' || !isMap(map) || isTextWithBrace(map)) return [issue];
  // A form that takes no map has nothing to say of its keys.
  const forms = issue.errors.filter((inner) =>
    inner.some(({ code, path }) => code === 'unrecognized_keys' || path.length > 0),
  );
  const [form] = forms;
  if (form === undefined || forms.length > 1) return [issue];
  return form
    .map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
    .flatMap((inner) => issuesOfForm(inner, file));
}

/** A text with a colon inside braces is a map to YAML, whose key has the first of them. */
function isTextWithBrace(map: object): boolean {
  return Object.keys(map).some((key) => key.includes('{'));
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function problemsOf(issue: z.core.$ZodIssue, file: unknown, schema: JsonSchema): ShapeProblem[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(key, path, file, schema));
  }
  if (issue.code === 'invalid_key') {
    const wanted = issue.issues[0]?.message ?? 'must be a name';
    const message = `key "${path.at(-1)}" ${wanted}`;
    return [{ path, part: 'key', message, hint: hintFor(path.slice(0, -1), file, schema) }];
  }
  const value = valueAt(file, path);
  if (value === undefined && path.length > 0) return [missing(path, file, schema)];
  const params: unknown = issue.code === 'custom' ? issue.params : undefined;
  const ownHint = valueAt(params, ['hint']);
  const hint = typeof ownHint === 'string' ? ownHint : hintFor(path, file, schema);
  const character = valueAt(params, ['character']);
  const part = typeof character === 'number' ? { character } : 'value';
  if (valueAt(params, ['whole']) === true) return [{ path, part, message: issue.message, hint }];
  const isSecret = schemaAt(schema, path, file)?.writeOnly === true;
  const got = isSecret || isRuleAcrossKeys(issue, value) ? '' : `, got ${seenText(value)}`;
  const message = `${subjectOf(path)} ${wantedOf(issue)}${got}`;
  return [{ path, part, message, hint }];
}

/** A rule on several keys of a map: what was seen is not one value. */
function isRuleAcrossKeys(issue: z.core.$ZodIssue, value: unknown): boolean {
  return issue.code === 'custom' && typeof value === 'object' && value !== null;
}

/** What keys are called elsewhere: in k6. */
const OTHER_WORDS: Readonly<Record<string, string>> = { delayAbortEval: 'delay' };

function unknownKey(key: string, path: Path, file: unknown, schema: JsonSchema): Problem {
  const known = keysAt(schema, path, file);
  // What is spelt out in full is no misspelling of what is short: `environment` for `env`.
  const short = known.find((name) => name.length >= 3 && key.toLowerCase().startsWith(name));
  const own = short ?? known.find((name) => name === OTHER_WORDS[key]);
  const guess = didYouMean(key, known) || (own === undefined ? '' : `, did you mean "${own}"?`);
  const message = `unknown key "${key}"${guess}`;
  const [around, ...others] = guess === '' ? keysWith(key, schema, path, file) : [];
  if (around !== undefined && others.length === 0) {
    return {
      path: [...path, key],
      part: 'key',
      message: `unknown key "${key}": it is one of ${around}`,
      hint: `Write it there: ${around}: { ${key}: ... }.`,
    };
  }
  const hint = `Keys allowed ${path.length === 0 ? 'here' : `in ${pathText(path)}`}: ${known.join(', ')}.`;
  return { path: [...path, key], part: 'key', message, hint };
}

/** Points at the map that lacks the key. */
function missing(path: Path, file: unknown, schema: JsonSchema): ShapeProblem {
  const missingKey = subjectOf(path);
  const message = `${missingKey} is missing`;
  const hint = hintFor(path, file, schema);
  return { path: path.slice(0, -1), part: 'key', message, hint, missingKey };
}

/**
 * A missing `targets` beside an unknown `targts` is one mistake, not two; so is a rule across the
 * keys of a map that has an unknown key. `unknownKeys` has those of each map, by its path.
 */
function isEchoOfMisspelling(
  { path, missingKey }: ShapeProblem,
  unknownKeys: ReadonlyMap<string, readonly string[]>,
): boolean {
  const keys = unknownKeys.get(JSON.stringify(path));
  if (keys === undefined) return false;
  return (
    missingKey === undefined || keys.some((key) => nearestName(key, [missingKey]) !== undefined)
  );
}

function wantedOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && !issue.message.startsWith('must ')) {
    return issue.expected === 'array' ? 'must be a list' : 'must be a map of keys';
  }
  return issue.message;
}

function pathOf(issue: z.core.$ZodIssue): Path {
  return issue.path.filter((step) => typeof step !== 'symbol');
}

/** Returns what the key is for and how it is written; of the nearest key around it that says so. */
function hintFor(path: Path, file: unknown, schema: JsonSchema): string {
  if (path.length === 0) return SCENARIO_HINT;
  const at = schemaAt(schema, path, file);
  const around = path.slice(0, -1);
  if (!at?.description) return hintFor(around, file, schema);
  const [example] = at.examples ?? [];
  if (example === undefined) return at.description;
  const last = path.at(-1);
  const written = typeof example === 'string' ? example : JSON.stringify(example);
  return `${at.description} For example: ${typeof last === 'string' ? `${last}: ` : ''}${written}`;
}
