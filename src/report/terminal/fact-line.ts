import { lengthOf, printable, wordsOf } from '../../core/index.ts';
import { formatCell } from '../number-format.ts';
import type { Row, Tone } from '../section.ts';
import type { Paint } from './paint.ts';

const GAP = '   ';
/** A fact of more characters is prose: it breaks between words. */
const PHRASE_MAX = 32;

interface FactLines {
  readonly paint: Paint;
  readonly width: number;
  /** Columns before every line; lines after the first have two more. */
  readonly indent: number;
}

interface Piece {
  readonly before: string;
  readonly text: string;
  readonly tone: Tone;
}

/** Returns facts side by side, the cells of each as one phrase, on as many lines as they take. */
export function factLines(facts: readonly Row[], options: FactLines): readonly string[] {
  const { paint, width, indent } = options;
  const lines: Piece[][] = [[]];
  let taken = indent;
  for (const unit of unitsOf(facts)) {
    const line = lines.at(-1) ?? [];
    const length = unit.reduce((sum, { before, text }) => sum + lengthOf(before + text), 0);
    if (line.length > 0 && taken + length > width) {
      const [first, ...others] = unit;
      lines.push(first === undefined ? [] : [{ ...first, before: '' }, ...others]);
      taken = indent + 2 + length - (first?.before.length ?? 0);
    } else {
      line.push(...unit);
      taken += length;
    }
  }
  return lines.map((line, i) => ' '.repeat(i === 0 ? indent : indent + 2) + painted(line, paint));
}

/** What stays on one line: a short fact as a whole, a word of a long one. */
function unitsOf(facts: readonly Row[]): readonly (readonly Piece[])[] {
  return facts.flatMap((fact, f) => {
    const pieces = fact.map((cell, c): Piece => {
      const before = c > 0 ? ' ' : f > 0 ? GAP : '';
      return { before, text: printable(formatCell(cell)), tone: cell.tone ?? 'plain' };
    });
    const length = pieces.reduce((sum, { text }) => sum + 1 + lengthOf(text), 0);
    if (length <= PHRASE_MAX) return [pieces];
    return pieces.flatMap(({ before, text, tone }) =>
      wordsOf(text).map((word, i) => [{ before: i === 0 ? before : ' ', text: word, tone }]),
    );
  });
}

/** A gap between two cells of one tone is painted with them, so that a phrase is one sequence. */
function painted(pieces: readonly Piece[], paint: Paint): string {
  const runs: { tone: Tone; text: string }[] = [];
  for (const { before, text, tone } of pieces) {
    const run = runs.at(-1);
    if (run?.tone === tone) run.text += before + text;
    else runs.push({ tone: 'plain', text: before }, { tone, text });
  }
  return runs.map(({ tone, text }) => (text === '' ? '' : paint(tone, text))).join('');
}
