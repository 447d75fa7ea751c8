import type { Page } from './page.ts';
import { lengthOf, printable } from './table.ts';

/**
 * Returns the lines that say that a run must not be believed, why, and what to do about it; none for
 * a valid run.
 */
export function invalidBanner({ report, paint, width }: Page): readonly string[] {
  const { invalid } = report.verdict;
  if (invalid === undefined) return [];
  const claim = 'INVALID: the load generator itself, not the target, shaped what was measured';
  return [
    ...wrap(claim, { width, first: '', rest: '' }).map((line) => paint('bad', line)),
    ...invalid.reasons.flatMap((reason) => wrap(reason, { width, first: '  - ', rest: '    ' })),
    ...wrap(`To do: ${invalid.remedy}`, { width, first: '  ', rest: '  ' }),
  ];
}

interface Wrapping {
  readonly width: number;
  /** What stands before the first line, and before every other. */
  readonly first: string;
  readonly rest: string;
}

/** Breaks between words; a word longer than a line keeps a line to itself. */
function wrap(text: string, { width, first, rest }: Wrapping): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of printable(text).split(' ')) {
    if (!isEmpty && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line);
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
