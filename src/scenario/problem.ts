import {
  HarnessError,
  invariant,
  moreProblemsText,
  pathText,
  PROBLEMS_LISTED_MAX,
} from '../core/index.ts';

/**
 * The way to a value in the scenario file: keys of maps and indices of lists, from the outside in.
 */
export type Path = readonly (string | number)[];

/** What of the value at a path is meant: its key, all of it, or one character of its text. */
export type Part = 'key' | 'value' | { readonly character: number };

/** One thing that is wrong with a scenario file. */
export interface Problem {
  readonly path: Path;
  readonly part: Part;
  /** What happened, the value seen, the value wanted; without the location. */
  readonly message: string;
  /** The fix, one sentence. */
  readonly hint: string;
}

/** A line and a column of a text, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A problem with its location in the text. */
export interface LocatedProblem extends Problem {
  readonly position: Position;
}

/**
 * Returns the error that lists the problems in file order, one line each, with their locations. The
 * hint is the fix, or, for several problems, one fix per line.
 */
export function invalidScenario(file: string, problems: readonly LocatedProblem[]): HarnessError {
  invariant(problems.length > 0, 'an invalid scenario has a problem');
  const inOrder = problems.toSorted(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
  const listed = inOrder.slice(0, PROBLEMS_LISTED_MAX);
  const lines = listed.map((problem) =>
    oneLine(`${problem.message} (${locationText(file, problem)})`),
  );
  const moreCount = inOrder.length - listed.length;
  if (moreCount > 0) lines.push(moreProblemsText(moreCount));
  const hints =
    listed.length === 1
      ? listed.map((problem) => oneLine(problem.hint))
      : listed.map((problem) => `line ${problem.position.line}: ${oneLine(problem.hint)}`);
  return new HarnessError('SCENARIO_INVALID', lines.join('\n'), {
    hint: [...new Set(hints)].join('\n'),
    problems: inOrder.map(({ message, hint, path, position }) => ({
      file,
      message: oneLine(message),
      hint: oneLine(hint),
      path,
      position,
    })),
  });
}

/** Names out of the file may hold line breaks, and what a terminal would obey. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

/** Returns a problem's location for a message: `load[1].arrivals.rate, quickstart.yaml:14:11`. */
export function locationText(
  file: string,
  { path, position }: { readonly path: Path; readonly position: Position },
): string {
  const where = `${file}:${position.line}:${position.column}`;
  const inFile = pathText(path);
  return inFile === '' ? where : `${inFile}, ${where}`;
}

/** Returns what a path leads to, for the beginning of a message: `rate`, or `endpoints[1]`. */
export function subjectOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  return typeof last === 'number' ? `${String(path.at(-2) ?? '')}[${last}]` : last;
}

/** Names listed in a hint. */
const NAMES_LISTED_MAX = 20;

/** Returns names for a hint, `a, b, c`; of many the first, and how many more there are. */
export function namesText(names: readonly string[], between = ', '): string {
  const more = names.length - NAMES_LISTED_MAX;
  if (more <= 0) return names.join(between);
  return `${names.slice(0, NAMES_LISTED_MAX).join(between)} and ${more} more`;
}

/** Returns a value of the file for use behind `got`, cut short where it is long. */
export function seenText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  // JSON has no word for .inf and .nan.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
