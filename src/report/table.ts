import type { Paint, Tone } from './paint.ts';

/** A piece of text in a table, measured before it is painted. */
export interface Cell {
  readonly text: string;
  readonly tone?: Tone;
}

export interface Column {
  readonly align: 'left' | 'right';
  /** Columns with a number are left out where the table is too wide, the highest first. */
  readonly dropOrder?: number;
  /** The column that is cut, with an ellipsis, where nothing is left to leave out. */
  readonly cut?: boolean;
}

export interface TableOptions {
  readonly width: number;
  readonly indent: number;
  readonly paint: Paint;
}

const GAP = 2;
const CUT_MIN = 8;

/**
 * Returns the lines of a table whose columns are as wide as their widest cell. No line is wider than
 * `width` as long as columns can be dropped or cut. Lines have no trailing blanks; none for no rows.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions,
): readonly string[] {
  const texts = rows.map((row) => columns.map((_, i) => printable(row[i]?.text ?? '')));
  const sizes = columns.map((_, i) =>
    texts.reduce((max, row) => Math.max(max, lengthOf(row[i] ?? '')), 0),
  );
  const kept = columns.map((_, i) => i).filter((i) => (sizes[i] ?? 0) > 0);
  const room = options.width - options.indent;
  dropColumns(columns, sizes, kept, room);
  const over = widthOf(sizes, kept) - room;
  const cuttable = kept.find((i) => columns[i]?.cut === true);
  if (over > 0 && cuttable !== undefined) {
    sizes[cuttable] = Math.max(CUT_MIN, (sizes[cuttable] ?? 0) - over);
  }
  return rows.map((row, r) => {
    let line = ' '.repeat(options.indent);
    let blanks = '';
    for (const i of kept) {
      const size = sizes[i] ?? 0;
      const text = ellipsis(texts[r]?.[i] ?? '', size);
      const fill = ' '.repeat(size - lengthOf(text));
      const painted = text === '' ? '' : options.paint(row[i]?.tone ?? 'plain', text);
      const [before, after] = columns[i]?.align === 'right' ? [fill, ''] : ['', fill];
      if (text === '') blanks += fill;
      else {
        line += blanks + before + painted;
        blanks = after;
      }
      blanks += ' '.repeat(GAP);
    }
    return line.trimEnd();
  });
}

/** Returns the text, or its beginning with `…` where it is longer than `size` characters. */
export function ellipsis(text: string, size: number): string {
  return lengthOf(text) <= size
    ? text
    : `${Array.from(text)
        .slice(0, Math.max(0, size - 1))
        .join('')}…`;
}

/**
 * Returns the text with a dot for every character that a terminal would obey rather than print: names
 * and messages come from whatever services were called.
 */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, '·');
}

/** Returns how many columns of a terminal the text takes; all that reports print is one wide. */
export function lengthOf(text: string): number {
  return Array.from(text).length;
}

function dropColumns(
  columns: readonly Column[],
  sizes: readonly number[],
  kept: number[],
  room: number,
): void {
  while (widthOf(sizes, kept) > room) {
    const droppable = kept.filter((i) => columns[i]?.dropOrder !== undefined);
    if (droppable.length === 0) return;
    const orderOf = (i: number): number => columns[i]?.dropOrder ?? 0;
    const worst = droppable.reduce((a, b) => (orderOf(b) > orderOf(a) ? b : a));
    kept.splice(kept.indexOf(worst), 1);
  }
}

function widthOf(sizes: readonly number[], kept: readonly number[]): number {
  return kept.reduce((sum, i) => sum + (sizes[i] ?? 0), 0) + GAP * Math.max(0, kept.length - 1);
}
