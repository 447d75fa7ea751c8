import { lengthOf, printable, wrap } from '../../core/index.ts';
import { formatCell } from '../number-format.ts';
import { words, type Cell, type Column, type Row, type Table } from '../section.ts';
import type { Paint } from './paint.ts';
import { ellipsis } from './text.ts';

export interface TableOptions {
  readonly width: number;
  readonly indent: number;
  readonly paint: Paint;
}

/** The lines of a table. */
export interface TableLines {
  /** One, or none where no column has a head. */
  readonly heads: readonly string[];
  /** The lines of each row, in the order of the rows. */
  readonly rows: readonly (readonly string[])[];
  /** What columns there was no room for; none where all are there. */
  readonly leftOut: readonly string[];
}

const GAP = 2;
const CUT_MIN = 8;
/** A name that is longer than its column stands above its row: the column may be this narrow. */
const NAME_MIN = 2;
/** Where not all fits on one line, names that take a larger share of it stand above their rows. */
const NAME_SHARE = 0.6;
/** A message is wrapped beside its row where that leaves so many columns, else below it. */
const BESIDE_MIN = 36;
const BELOW_INDENT = 2;

/** What a table is set into. */
interface Layout {
  readonly columns: readonly Column[];
  /** Width of each column, by its index. */
  readonly sizes: readonly number[];
  /** Indices of the columns that are side by side. */
  readonly frame: readonly number[];
  /** The last column, where it holds messages, and how much of a line is left for it. */
  readonly message: { readonly index: number; readonly room: number } | undefined;
  readonly leftOut: readonly string[];
  readonly options: TableOptions;
}

/** Returns the lines of a table one after another; no rows, no lines. */
export function renderTable(
  table: Pick<Table, 'columns' | 'rows'>,
  options: TableOptions,
): readonly string[] {
  const { heads, rows, leftOut } = tableLines(table, options);
  return [...heads, ...rows.flat(), ...leftOut];
}

/**
 * Returns the lines of a table, with columns as wide as their widest cell. No line is wider than
 * `width` as long as something can give way, in this order: messages are wrapped, names stand above
 * the rest of their rows, columns are left out, cells are cut. Lines have no trailing blanks.
 *
 *       calls  step                        calls  step
 *          24  pay     ECONNREFUSED           24  a-step-of-long-name
 *                      in the connect                 status 503
 */
export function tableLines(
  { columns, rows }: Pick<Table, 'columns' | 'rows'>,
  options: TableOptions,
): TableLines {
  if (rows.length === 0) return { heads: [], rows: [], leftOut: [] };
  const hasHeads = columns.some(({ head = '' }) => head !== '');
  const layout = layoutOf(columns, rows, options);
  const { indent, width, paint } = options;
  const leftOut = `left out at ${width} columns: ${layout.leftOut.join(', ')}`;
  return {
    heads: hasHeads ? [headLine(layout)] : [],
    rows: rows.map((row) => rowLines(row, layout)),
    leftOut:
      layout.leftOut.length === 0
        ? []
        : wrap(leftOut, { width, first: ' '.repeat(indent), rest: ' '.repeat(indent + 2) }).map(
            (line) => paint('faint', line),
          ),
  };
}

function layoutOf(columns: readonly Column[], rows: readonly Row[], options: TableOptions): Layout {
  const headLengths = columns.map(({ head = '' }) => lengthOf(head));
  const sizes = columns.map((_, i) =>
    rows.reduce((max, row) => Math.max(max, lengthOf(textOf(row[i]))), headLengths[i] ?? 0),
  );
  const isMessage = (i: number): boolean => columns[i]?.message === true;
  const filled = columns.map((_, i) => i).filter((i) => (sizes[i] ?? 0) > 0);
  const frame = filled.filter((i) => !isMessage(i));
  const room = options.width - options.indent;
  const namesMin = columns.map(({ name }, i) =>
    name === true ? Math.min(sizes[i] ?? 0, Math.max(NAME_MIN, headLengths[i] ?? 0)) : Infinity,
  );
  const leftOut = leaveOut(
    columns,
    sizes.map((size, i) => Math.min(size, namesMin[i] ?? size)),
    frame,
    room,
  );
  const index = filled.find(isMessage);
  const names = frame.filter((i) => columns[i]?.name === true);
  if (widthOf(sizes, index === undefined ? frame : [...frame, index]) > room) {
    for (const i of names) {
      const lengths = rows.map((row) => lengthOf(textOf(row[i])));
      const short = lengths.filter((length) => length <= room * NAME_SHARE);
      sizes[i] = Math.max(namesMin[i] ?? 0, ...short);
    }
  }
  shrink(names, sizes, { over: widthOf(sizes, frame) - room, minOf: (i) => namesMin[i] ?? 0 });
  shrink(
    frame.filter((i) => columns[i]?.cut === true),
    sizes,
    { over: widthOf(sizes, frame) - room, minOf: () => CUT_MIN },
  );
  const message = index === undefined ? undefined : { index, room: room - messageAt(sizes, frame) };
  return { columns, sizes, frame, message, leftOut, options };
}

/** Takes columns out of the frame until it fits, and returns what they are called. */
function leaveOut(
  columns: readonly Column[],
  sizes: readonly number[],
  frame: number[],
  room: number,
): readonly string[] {
  const left: string[] = [];
  while (widthOf(sizes, frame) > room) {
    const droppable = frame.filter((i) => columns[i]?.dropOrder !== undefined);
    if (droppable.length === 0) break;
    const orderOf = (i: number): number => columns[i]?.dropOrder ?? 0;
    const worst = droppable.reduce((a, b) => (orderOf(b) > orderOf(a) ? b : a));
    frame.splice(frame.indexOf(worst), 1);
    left.push(columns[worst]?.called ?? columns[worst]?.head ?? '');
  }
  return left.filter((name) => name !== '');
}

/** The widest gives way first, so that of two neither is cut to nothing for the other. */
function shrink(
  indices: readonly number[],
  sizes: number[],
  { over, minOf }: { readonly over: number; readonly minOf: (i: number) => number },
): void {
  const sizeOf = (i: number): number => sizes[i] ?? 0;
  for (let left = over; left > 0; left--) {
    const able = indices.filter((i) => sizeOf(i) > minOf(i));
    if (able.length === 0) return;
    const widest = able.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
    sizes[widest] = sizeOf(widest) - 1;
  }
}

function headLine({ columns, frame, sizes, message, options }: Layout): string {
  const line = new Line(options);
  for (const i of frame) line.add(words(columns[i]?.head ?? '', 'faint'), columns[i], sizes[i]);
  const head = message === undefined ? '' : (columns[message.index]?.head ?? '');
  if (message !== undefined && lengthOf(head) <= message.room) line.add(words(head, 'faint'));
  return line.text();
}

function rowLines(row: Row, { columns, frame, sizes, message, options }: Layout): string[] {
  const { indent, width, paint } = options;
  const done: string[] = [];
  let line = new Line(options);
  for (const i of frame) {
    const cell = row[i];
    const size = sizes[i] ?? 0;
    const text = textOf(cell);
    if (columns[i]?.name !== true || lengthOf(text) <= size) {
      line.add(cell, columns[i], size);
      continue;
    }
    const taken = line.length;
    const rest = ' '.repeat(taken + 2);
    const [first = '', ...others] = wrap(text, { width, first: ' '.repeat(taken), rest });
    const tone = cell?.tone ?? 'plain';
    done.push(line.before() + paint(tone, first.slice(taken)));
    done.push(...others.map((other) => rest + paint(tone, other.trimStart())));
    line = new Line({ ...options, indent: taken + size + GAP });
  }
  const last = message === undefined ? undefined : row[message.index];
  const text = textOf(last);
  if (message === undefined || text === '') return [...done, line.text()];
  if (lengthOf(text) <= message.room) return [...done, line.add(last).text()];
  const isBeside = message.room >= BESIDE_MIN;
  const at = isBeside ? indent + messageAt(sizes, frame) : indent + BELOW_INDENT;
  const margin = ' '.repeat(at);
  const tone = last?.tone ?? 'plain';
  const [first = '', ...others] = wrap(text, { width, first: margin, rest: margin }).map((each) =>
    paint(tone, each.slice(at)),
  );
  const frameText = line.text();
  const begun = isBeside
    ? [line.before() + first]
    : [...(frameText === '' ? [] : [frameText]), margin + first];
  return [...done, ...begun, ...others.map((each) => margin + each)];
}

/** One line of cells, side by side. */
class Line {
  readonly #paint: Paint;
  #text: string;
  #blanks = '';
  #isEmpty = true;
  /** Columns that it takes, with the gap to the next cell. */
  length: number;

  constructor({ indent, paint }: Pick<TableOptions, 'indent' | 'paint'>) {
    this.#paint = paint;
    this.#text = ' '.repeat(indent);
    this.length = indent;
  }

  /** Adds a cell, filled up to the width of its column. */
  add(cell: Cell | undefined, column?: Column, size = Infinity): this {
    const whole = textOf(cell);
    const text = ellipsis(whole, size);
    const fill = ' '.repeat(size === Infinity ? 0 : size - lengthOf(text));
    const [before, after] = column?.align === 'right' ? [fill, ''] : ['', fill];
    if (text === '') this.#blanks += fill;
    else {
      this.#text += this.#blanks + before + this.#paint(cell?.tone ?? 'plain', text);
      this.#blanks = after;
      this.#isEmpty = false;
    }
    this.#blanks += ' '.repeat(GAP);
    this.length += lengthOf(text) + fill.length + GAP;
    return this;
  }

  /** Returns the line with the gap to what comes next. */
  before(): string {
    return this.#text + this.#blanks;
  }

  /** Returns the line; '' where it has no cell that says something. */
  text(): string {
    return this.#isEmpty ? '' : this.#text.trimEnd();
  }
}

function textOf(cell: Cell | undefined): string {
  if (cell === undefined) return '';
  const text = printable(formatCell(cell));
  return cell.kind === 'words' && cell.isPart === true ? `  ${text}` : text;
}

function widthOf(sizes: readonly number[], frame: readonly number[]): number {
  return frame.reduce((sum, i) => sum + (sizes[i] ?? 0), 0) + GAP * Math.max(0, frame.length - 1);
}

/** Returns at which column, behind the indent, a message begins. */
function messageAt(sizes: readonly number[], frame: readonly number[]): number {
  return frame.length === 0 ? 0 : widthOf(sizes, frame) + GAP;
}
