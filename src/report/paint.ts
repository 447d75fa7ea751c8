import { styleText } from 'node:util';

/** What a piece of text is, from which its colour follows. */
export type Tone = 'plain' | 'title' | 'strong' | 'faint' | 'good' | 'bad' | 'doubt' | 'mark';

/** Returns the text, coloured for a terminal or as it is. Never changes what is printed of it. */
export type Paint = (tone: Tone, text: string) => string;

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
