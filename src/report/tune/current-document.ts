import type { CurrentComparison } from '../../advise/index.ts';
import { counted } from '../../core/index.ts';
import { note, table, words, type Column, type ReportDocument } from '../section.ts';

/** What is in use beside what is recommended, and the file that was read. */
export interface CurrentReport {
  readonly comparison: CurrentComparison;
  readonly file: string;
  readonly storedAt: string;
}

const COLUMNS: readonly Column[] = [
  { head: 'edge', align: 'left', name: true },
  { align: 'left' },
  { head: 'in use', align: 'left' },
  { head: 'recommended', align: 'left' },
];

/** Returns a comparison as data: a row for each part that differs, and what was not compared. */
export function currentDocument({ comparison, file, storedAt }: CurrentReport): ReportDocument {
  const { stack, alsoOf, differences, beside, equal, missing, others } = comparison;
  const rows = differences.map(({ edge, name, inUse, recommended, line }, i) => [
    words(differences[i - 1]?.edge === edge ? '' : placed(edge, line)),
    words(name, 'faint'),
    words(inUse),
    words(recommended, 'mark'),
  ]);
  const notes = [
    ...equal.map((edge) => `as recommended: ${edge}`),
    ...missing.map((edge) => `not in the file: ${edge}`),
    ...[...Map.groupBy(beside, ({ edge, line }) => placed(edge, line))].map(
      ([place, own]) => `not compared of ${place}: ${own.map(({ text }) => text).join('; ')}`,
    ),
    ...alsoOf.map((title) => `the file has edges of ${title} too: --as compares these`),
    ...others.map((key) => `in the file, and no edge of the runs: ${key}`),
  ];
  return {
    head: {
      name: 'tune',
      verdict: words(
        differences.length === 0 ? 'as recommended' : counted(differences.length, 'difference'),
        differences.length + missing.length === 0 ? 'good' : 'doubt',
      ),
      facts: [words(`${file}, read as ${stack} counts`)],
      notices: [],
    },
    sections: [
      {
        title: 'In use',
        blocks: [table(COLUMNS, rows), ...notes.map((text) => note([words(text, 'faint')]))],
      },
    ],
    closing: { notices: [], entries: [{ key: 'read at', value: words(storedAt) }] },
  };
}

function placed(edge: string, line: number | undefined): string {
  return line === undefined ? edge : `${edge}, line ${line}`;
}
