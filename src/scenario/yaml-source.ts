import { type Document, LineCounter, parseDocument } from 'yaml';
import type { LocatedProblem, Part, Path, Position } from './problem.ts';
import { keepDigits, withExactNumbers } from './yaml-numbers.ts';
import { NodePlaces } from './yaml-places.ts';
import { syntaxText, type SyntaxText } from './yaml-syntax.ts';
import { yamlValues } from './yaml-values.ts';

/** A scenario file as YAML reads it: plain values, and the position of each. */
export interface YamlSource {
  /** Maps, lists, texts, numbers, booleans, null; undefined where there is no readable value. */
  readonly value: unknown;
  /** What is wrong with the YAML itself. */
  readonly problems: readonly LocatedProblem[];
  /**
   * Returns the position of a part of a value; of what encloses it, where there is no such value.
   */
  positionOf(path: Path, part: Part): Position;
}

/** Returns the YAML of a text. Does not throw: what is wrong is in `problems`. */
export function readYaml(text: string, aliasedMax?: number): YamlSource {
  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problemAt = (offset: number, { message, hint }: SyntaxText): LocatedProblem => ({
    path: [],
    part: 'value',
    message,
    hint,
    position: positionAt(offset),
  });
  const unreadable = (problem: LocatedProblem): YamlSource => ({
    value: undefined,
    problems: [problem],
    positionOf: () => problem.position,
  });

  const document = documentOf(text, lines);
  // As far as it had read when its stack was full.
  if (!document) return unreadable(problemAt(lines.lineStarts.at(-1) ?? 0, TOO_DEEP));
  // Whatever follows the first error is mostly its echo.
  const [syntax] = document.errors;
  if (syntax) {
    const { message, hint } = syntaxText(syntax, text);
    return unreadable(problemAt(syntax.pos[0], { message: `not valid YAML: ${message}`, hint }));
  }
  const { version } = document.directives?.yaml ?? {};
  if (version === '1.1') return unreadable(problemAt(0, OLD_YAML));
  const places = new NodePlaces(document.contents, text);
  const { value, problems, resolved } = yamlValues(document.contents, aliasedMax);
  const located = [
    ...document.warnings.map((warning) => {
      const { message, hint } = syntaxText(warning, text);
      return problemAt(warning.pos[0], { message: `not understood: ${message}`, hint });
    }),
    ...problems.map((problem) => problemAt(problem.node.range?.[0] ?? 0, problem)),
  ];
  return {
    value: withDigits(document, value),
    problems: located,
    positionOf: (path, part) => positionAt(places.offsetOf(path, part, resolved)),
  };
}

/** Undefined where the parser, which recurses, cannot follow how deeply the text is nested. */
function documentOf(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      logLevel: 'error',
      // The library compares each key with all before it; here they are told apart in linear time.
      uniqueKeys: false,
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const TOO_DEEP: SyntaxText = {
  message: 'not valid YAML: nested too deeply, here or in a line before',
  hint: 'Nest less deeply.',
};

const OLD_YAML: SyntaxText = {
  message: 'the file is of YAML 1.1, which reads yes, no and 010 otherwise; wanted is YAML 1.2',
  hint: 'Remove the line %YAML 1.1.',
};

/** Numbers keep their digits where they are values of JSON, and are doubles everywhere else. */
function withDigits(document: Document, value: unknown): unknown {
  if (value === undefined || !keepDigits(document)) return value;
  return withExactNumbers(value, yamlValues(document.contents).value);
}
