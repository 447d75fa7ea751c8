import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, HarnessError } from '../../src/core/index.ts';
import { parseScenario } from '../../src/scenario/index.ts';
import type { Draw } from './draw.ts';
import { type Mutations, mutated } from './mutation.ts';

/** Folders of this repository with scenarios that stand for what people write. */
const FOLDERS = ['scenarios', 'examples/shop'];
const ROOT = join(import.meta.dirname, '../..');
const [first = '', ...others] = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'latin1')),
);

const DEPTH_MAX = 400;

const SCENARIOS: Mutations = {
  corpus: [first, ...others],
  tokens: [
    ...([
      ': ',
      '- ',
      '? ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '"',
      "'",
      '|',
      '>',
      '#',
      '\n',
      '\t',
      '\r',
    ] as const),
    ...[
      '&a ',
      '*a',
      '*a ',
      '&a *a',
      '<<: *a',
      '!!str ',
      '!x ',
      '%YAML 1.1\n',
      '---\n',
      '...\n',
      '\0',
    ],
    ...[
      '${',
      '}',
      '${env.X}',
      '${services.a.url}',
      '$$',
      '\\u',
      '\\',
      '~',
      '.inf',
      '0x10',
      '1e999',
    ],
    ...[
      '-1',
      '99999999999999999999',
      '1s',
      '50/s',
      'p(99)',
      '__proto__: 1\n',
      'constructor',
      '2xx',
    ],
    ...['policy: ', 'none', 'policies: {x: {', 'endpoints: [', 'retry: {attempts: ', 'p95'],
    ...[
      'regex: "(a+)+"\n',
      'matches: "(?=a)"\n',
      '$..[?match(@.a,@.b)]',
      '\u{EF}\u{BB}\u{BF}',
      '\u{C3}',
    ],
  ],
};

/**
 * Returns a scenario of this repository with damage: bytes and tokens, as in any text; lines moved,
 * doubled, indented otherwise; values in place of others, among them aliases of the very value
 * that they are in, and values nested deeply.
 */
export function oddScenario(draw: Draw): string {
  if (draw.chance(0.4)) return mutated(SCENARIOS, draw);
  const lines = draw.of(SCENARIOS.corpus).split('\n');
  for (let left = 1 + draw.below(4); left > 0; left--) {
    const at = draw.below(lines.length);
    const line = lines[at] ?? '';
    lines.splice(at, draw.chance(0.9) ? 1 : 1 + draw.below(5), ...changedLine(line, lines, draw));
  }
  return lines.join('\n');
}

function changedLine(line: string, lines: readonly string[], draw: Draw): readonly string[] {
  const [, begin = '', value = ''] = /^(\s*(?:- )*(?:[\w.-]+: +)?)(.*)$/su.exec(line) ?? [];
  switch (draw.below(7)) {
    case 0:
      return [begin + oddValue(draw)];
    case 1:
      return [`${begin}&a ${value}`];
    case 2:
      return [`${begin}*a`];
    case 3:
      return [line, line];
    case 4:
      return [' '.repeat(draw.below(12)) + line.trimStart()];
    case 5:
      return [line, lines[draw.below(lines.length)] ?? ''];
    default:
      return [`${begin}&a [${value}, *a]`];
  }
}

function oddValue(draw: Draw): string {
  const depth = draw.below(DEPTH_MAX);
  return draw.of([
    '',
    '[]',
    '{}',
    'null',
    '-1',
    '1e999',
    '"${"',
    '"${nothing.here}"',
    '&a [*a]',
    '&a { b: *a }',
    '[&b [1, 2], *b, *b]',
    `${'['.repeat(depth)}${']'.repeat(depth)}`,
    `${'{ repeat: { times: 2, do: ['.repeat(depth % 60)}${'] } }'.repeat(depth % 60)}`,
    `{ ${Array.from({ length: depth }, (_, i) => `k${i}: ${i}`).join(', ')} }`,
    'x'.repeat(depth * 10),
  ]);
}

/**
 * Reads a scenario of one byte a character. What is wrong with it is told as problems, each with a
 * line and a column of the text, a message and a fix.
 */
export function readOddScenario(input: string): unknown {
  const text = new TextDecoder().decode(Buffer.from(input, 'latin1'));
  try {
    return parseScenario(text, 'odd.yaml');
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    const lines = text.split('\n').length;
    const isWhole =
      error.problems.length > 0 &&
      error.problems.every(
        ({ message, hint, position: { line, column } }) =>
          message !== '' && hint !== '' && line >= 1 && line <= lines && column >= 1,
      );
    if (!isWhole) {
      throw new Error(`a problem lacks something: ${errorText(error)}`, { cause: error });
    }
    throw error;
  }
}
