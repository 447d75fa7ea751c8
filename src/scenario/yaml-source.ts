import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { Alias, Document, Node, Pair, YAMLError } from 'yaml';
import type { LocatedProblem, Part, Path, Position } from './problem.ts';

/** A scenario file as YAML reads it: plain values, and where each of them stands. */
export interface YamlSource {
  /** Maps, lists, texts, numbers, booleans, null; undefined where there is no readable value. */
  readonly value: unknown;
  /** What is wrong with the YAML itself. */
  readonly problems: readonly LocatedProblem[];
  /** Returns where a part of a value stands; of what encloses it, where there is no such value. */
  positionOf(path: Path, part: Part): Position;
}

/** References by `*name` that may be followed in one file; guards against a few that blow up. */
const ALIASES_MAX = 100;

/** Returns the YAML of a text. Does not throw: what is wrong is in `problems`. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const positionOf = (path: Path, part: Part): Position =>
    positionAt(offsetOf(document, text, path, part));
  const problemAt = (offset: number, message: string, hint: string): LocatedProblem => ({
    path: [],
    part: 'value',
    message,
    hint,
    position: positionAt(offset),
  });

  const [syntax] = document.errors.filter((error) => error.code !== 'DUPLICATE_KEY');
  if (syntax) {
    // Whatever follows the first error is mostly its echo.
    const { message, hint } = syntaxText(syntax, text);
    const problem = problemAt(syntax.pos[0], `not valid YAML: ${message}`, hint);
    return { value: undefined, problems: [problem], positionOf };
  }
  const problems = [
    ...document.errors.map((error) =>
      problemAt(error.pos[0], duplicateText(text, error), 'Keep one of them.'),
    ),
    ...document.warnings.map((warning) =>
      problemAt(warning.pos[0], `not understood: ${warning.message}`, 'Remove it.'),
    ),
  ];
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    return { value, problems, positionOf };
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    problems.push(badAlias(document, problemAt));
    return { value: undefined, problems, positionOf };
  }
}

function duplicateText(text: string, error: YAMLError): string {
  const key = /^[\w.-]+/u.exec(text.slice(error.pos[0], error.pos[0] + 80))?.[0] ?? '';
  return `duplicate key "${key}"`;
}

interface SyntaxText {
  readonly message: string;
  readonly hint: string;
}

/** What the parser says in terms of its own programming interface, said again for people. */
const SYNTAX_TEXTS: Readonly<Record<string, SyntaxText>> = {
  TAB_AS_INDENT: { message: 'indented with a tab', hint: 'Indent with spaces.' },
  MULTIPLE_DOCS: {
    message: 'the file holds a second document',
    hint: 'Keep one scenario per file: remove the line --- and what follows it.',
  },
  RESOURCE_EXHAUSTION: { message: 'nested too deeply', hint: 'Nest less deeply.' },
};

function syntaxText(error: YAMLError, text: string): SyntaxText {
  const lineStart = text.lastIndexOf('\n', error.pos[0] - 1) + 1;
  const own = SYNTAX_TEXTS[error.code];
  if (own) return own;
  const hint = text.slice(lineStart, error.pos[0]).endsWith('$')
    ? 'Put a text with ${...} in quotes where it stands inside { } or [ ].'
    : 'Check indentation, quotes and brackets at this place and just before it.';
  return { message: error.message, hint };
}

/** Of the aliases that cannot be followed: the first without an anchor, else simply the first. */
function badAlias(
  document: Document,
  problemAt: (offset: number, message: string, hint: string) => LocatedProblem,
): LocatedProblem {
  const aliases: Alias[] = [];
  visit(document, { Alias: (_, alias) => void aliases.push(alias) });
  const unresolved = aliases.find((alias) => alias.resolve(document) === undefined);
  const offset = start(unresolved ?? aliases[0] ?? null) ?? 0;
  if (unresolved) {
    const message = `alias *${unresolved.source} has no anchor`;
    return problemAt(offset, message, `Put &${unresolved.source} before the value it stands for.`);
  }
  const message = `aliases must stand for ${ALIASES_MAX} values at most, got more`;
  return problemAt(offset, message, 'Write the values out.');
}

/** Walks to the value, through aliases, as far as the path leads. */
function offsetOf(document: Document, text: string, path: Path, part: Part): number {
  let node: Node | null = document.contents;
  let key: Node | null = null;
  for (const step of path) {
    const inner: Node | null | undefined = isAlias(node) ? node.resolve(document) : node;
    if (isMap<Node, Node>(inner)) {
      // Of duplicate keys the last is the one whose value counts.
      const pair: Pair<Node, Node> | undefined = inner.items.findLast((p) => isKey(p.key, step));
      if (!pair) return start(node) ?? start(key) ?? 0;
      key = pair.key;
      node = pair.value;
    } else if (isSeq<Node>(inner) && typeof step === 'number' && inner.items[step]) {
      key = null;
      node = inner.items[step];
    } else {
      break;
    }
  }
  if (part === 'key') return start(key) ?? start(node) ?? 0;
  const offset = start(node) ?? start(key) ?? 0;
  return typeof part === 'object' ? offset + characterOffset(node, text, part.character) : offset;
}

function start(node: Node | null): number | undefined {
  return node?.range?.[0];
}

function isKey(key: Node, step: string | number): boolean {
  return isScalar(key) && String(key.value) === String(step);
}

/** Exact where the text stands in the file as it reads: without escapes or line breaks. */
function characterOffset(node: Node | null, text: string, character: number): number {
  if (!isScalar(node) || typeof node.value !== 'string') return 0;
  const offset = start(node) ?? 0;
  for (const quote of [0, 1]) {
    if (text.startsWith(node.value, offset + quote)) return quote + character;
  }
  return 0;
}
