import { plainJson } from './plain-json.ts';
import { commentLines, edgeTitle } from './stack-units.ts';
import type { ExportedEdge, StackExport } from './stack.ts';

/** A JavaScript module: numbers by edge, and code that is the same whatever they are. */
export interface ModuleParts {
  readonly head: readonly string[];
  /** Statements before the numbers. */
  readonly imports: string;
  readonly settingsOf: (edge: ExportedEdge) => object;
  /** What is said of an edge beside its evidence. */
  readonly linesOf: (edge: ExportedEdge) => readonly string[];
  readonly code: string;
}

const BEGIN = 'const settings = ';
const END = ';\n// End of the settings.\n';

/** Returns a module whose numbers stand together, in ms where not said otherwise. */
export function moduleText({ edges }: StackExport, parts: ModuleParts): string {
  const entries = edges.map((edge) => {
    const lines = [edgeTitle(edge), ...edge.evidence, ...parts.linesOf(edge)];
    const settings = JSON.stringify(parts.settingsOf(edge), null, 2);
    return `${commentLines(lines, '//').join('\n')}\n${JSON.stringify(edge.key)}: ${settings},`;
  });
  return [
    commentLines(parts.head, '//').join('\n'),
    parts.imports,
    `/** Times in ms. */\n${BEGIN}{\n${entries.join('\n').replaceAll(/^/gmu, '  ')}\n}${END}`,
    parts.code,
  ].join('\n');
}

/**
 * Returns the numbers by name of a module that {@link moduleText} made, or of a file of JSON with
 * an object for each name.
 */
export function readModule(text: string): Readonly<Record<string, unknown>> {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  const isModule = from >= 0 && to > from;
  if (!isModule && !/^\s*(?:\{|\/[/*])/u.test(text)) return {};
  const json = isModule ? text.slice(from + BEGIN.length, to) : text;
  return JSON.parse(plainJson(json)) as Readonly<Record<string, unknown>>;
}
