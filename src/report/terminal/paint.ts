import { styleText } from 'node:util';
import type { Tone } from '../section.ts';

/** Returns the text, coloured for a terminal or as it is. Never changes what is printed of it. */
export type Paint = (tone: Tone | 'title', text: string) => string;

declare const IS_STYLED: unique symbol;

/**
 * Lines for a terminal, in colours that it obeys. Made of cells and words, each of which was made
 * printable: nobody else's text brings colours of its own.
 */
export type StyledText = string & { readonly [IS_STYLED]: true };

/** Returns lines as one text with a line end. */
export function styledText(lines: readonly string[]): StyledText {
  return `${lines.join('\n')}\n` as StyledText;
}

/** How a report is set. */
export interface TerminalStyle {
  readonly color: boolean;
  /** Columns of the terminal; lines are no longer, as far as words allow. At least 60 is used. */
  readonly width: number;
}

const FORMATS = {
  title: ['bold'],
  strong: ['bold'],
  faint: ['dim'],
  good: ['green'],
  bad: ['red'],
  doubt: ['yellow'],
  mark: ['cyan'],
} as const;

/** Returns the painter of a style: ANSI sequences where colour is wanted, else the bare text. */
export function painter({ color }: TerminalStyle): Paint {
  if (!color) return (_tone, text) => text;
  return (tone, text) =>
    tone === 'plain' ? text : styleText([...FORMATS[tone]], text, { validateStream: false });
}
