import { printable } from './printable.ts';

export interface Wrapping {
  readonly width: number;
  /** What comes before the first line, and before every other. */
  readonly first: string;
  readonly rest: string;
}

/** Returns the lines of a text, broken between words; a longer word keeps a line to itself. */
export function wrap(text: string, { width, first, rest }: Wrapping): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of wordsOf(printable(text))) {
    if (!isEmpty && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line.trimEnd());
      line = rest;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}

/** Returns the words of a text; a quantity and its unit are one. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/(?<!\d) | (?!(?:ns|us|ms|s|m|h)(?![\p{L}\d]))/u);
}

/** Returns how many columns of a terminal the text takes; all that reports print is one wide. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}
