import { printable } from '../../core/index.ts';
import { formatCell } from '../number-format.ts';
import { words, type Cell, type Column, type Table } from '../section.ts';
import type { Paint } from './paint.ts';
import { ellipsis, lengthOf } from './text.ts';

export interface TableOptions {
  readonly width: number;
  readonly indent: number;
  readonly paint: Paint;
}

const GAP = 2;
const CUT_MIN = 8;

/**
 * Returns the lines of a table, the heads first, with columns as wide as their widest cell. No line
 * is wider than `width` as long as columns can be dropped or cut. Lines have no trailing blanks; no
 * rows, no lines.
 */
export function renderTable(
  { columns, rows: body }: Pick<Table, 'columns' | 'rows'>,
  options: TableOptions,
): readonly string[] {
  if (body.length === 0) return [];
  const heads = columns.map(({ head = '' }) => words(head, 'faint'));
  const rows = columns.some(({ head = '' }) => head !== '') ? [heads, ...body] : body;
  const texts = rows.map((row) => columns.map((_, i) => textOf(row[i])));
  const sizes = columns.map((_, i) =>
    texts.reduce((max, row) => Math.max(max, lengthOf(row[i] ?? '')), 0),
  );
  const kept = columns.map((_, i) => i).filter((i) => (sizes[i] ?? 0) > 0);
  const room = options.width - options.indent;
  dropColumns(columns, sizes, kept, room);
  cutColumns(
    kept.filter((i) => columns[i]?.cut === true),
    sizes,
    widthOf(sizes, kept) - room,
  );
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

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  const text = printable(formatCell(cell));
  return cell.kind === 'words' && cell.isPart === true ? `  ${text}` : text;
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

/** The widest gives way first, so that of two neither is cut to nothing for the other. */
function cutColumns(cuttable: readonly number[], sizes: number[], over: number): void {
  const sizeOf = (i: number): number => sizes[i] ?? 0;
  for (let left = over; left > 0 && cuttable.length > 0; left--) {
    const widest = cuttable.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
    if (sizeOf(widest) <= CUT_MIN) return;
    sizes[widest] = sizeOf(widest) - 1;
  }
}

function widthOf(sizes: readonly number[], kept: readonly number[]): number {
  return kept.reduce((sum, i) => sum + (sizes[i] ?? 0), 0) + GAP * Math.max(0, kept.length - 1);
}
