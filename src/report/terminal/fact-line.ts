import { printable } from '../../core/index.ts';
import { formatCell } from '../number-format.ts';
import type { Row, Tone } from '../section.ts';
import type { Paint } from './paint.ts';
import { ellipsis, lengthOf } from './text.ts';

const GAP = '   ';

interface FactLine {
  readonly paint: Paint;
  readonly width: number;
  /** Cuts the last cell where the line is wider than `width`. */
  readonly cut?: boolean;
}

/** Returns facts side by side on one line, the cells of each as one phrase. */
export function factLine(facts: readonly Row[], { paint, width, cut = false }: FactLine): string {
  const pieces = facts.flatMap((fact, f) =>
    fact.map((cell, c) => ({
      before: c > 0 ? ' ' : f > 0 ? GAP : '',
      text: printable(formatCell(cell)),
      tone: cell.tone ?? 'plain',
    })),
  );
  const last = pieces.at(-1);
  if (cut && last !== undefined) {
    const taken = pieces.reduce((sum, p) => sum + p.before.length + lengthOf(p.text), 0);
    const room = width - taken + lengthOf(last.text);
    last.text = ellipsis(last.text, room);
  }
  // A gap between two cells of one tone is painted with them, so that a phrase is one sequence.
  const runs: { tone: Tone; text: string }[] = [];
  for (const { before, text, tone } of pieces) {
    const run = runs.at(-1);
    if (run?.tone === tone) run.text += before + text;
    else runs.push({ tone: 'plain', text: before }, { tone, text });
  }
  return runs.map(({ tone, text }) => (text === '' ? '' : paint(tone, text))).join('');
}
