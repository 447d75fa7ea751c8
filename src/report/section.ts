import type { QuantileEstimate } from '../analyze/index.ts';
import type { Ns, Ratio, RatePerSec } from '../core/index.ts';

/**
 * A report as data: what it says, in quantities with their units, for any renderer (the terminal's
 * is `terminal/terminal-report.ts`). Nothing here holds colour, padding, a width or a line break.
 */
export interface ReportDocument {
  readonly head: ReportHead;
  /** In the order of reading; none is empty. */
  readonly sections: readonly Section[];
  readonly closing: ReportClosing;
}

/** Which run this is and what its verdict is. */
export interface ReportHead {
  /** Of the scenario. */
  readonly name: string;
  readonly verdict: Cell;
  readonly facts: readonly Cell[];
  /** Why the numbers below are to be doubted; empty for a complete and valid run. */
  readonly notices: readonly Notice[];
}

/** Where the run is stored and what to type next. */
export interface ReportClosing {
  readonly notices: readonly Notice[];
  /** To be copied: never cut. An entry with an empty key continues the one before it. */
  readonly entries: readonly KeyValue[];
}

/** A claim about the whole report. */
export interface Notice {
  readonly claim: string;
  readonly tone: Tone;
  /** Evidence, a sentence each. */
  readonly reasons: readonly string[];
  /** What to do about it. */
  readonly remedy?: string;
}

/** One part of a report. A section whose blocks are all empty is left out of the document. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block = Table | Note | KeyValues | Chart;

interface BlockPlace {
  /** Begins a new thought: a renderer sets it off from the block before. */
  readonly apart?: boolean;
  /** Belongs below the note before it, by one level. */
  readonly nested?: boolean;
}

/** Rows of cells, one for each column; empty without rows, whatever the heads. */
export interface Table extends BlockPlace {
  readonly kind: 'table';
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** What is said below each row, in columns of its own, in the order of the rows. */
  readonly details?: { readonly columns: readonly Column[]; readonly rows: readonly Row[] };
}

export type Row = readonly Cell[];

export interface Column {
  /** Absent or empty: no head. A table has a row of heads where any column has one. */
  readonly head?: string;
  readonly align: 'left' | 'right';
  /** Names what its row is of: never cut; where it is too long, the rest stands below it. */
  readonly name?: boolean;
  /** Of the last column: sentences, wrapped beside or below their rows where they are long. */
  readonly message?: boolean;
  /** Columns with a number are left out where there is no room for all, the highest first. */
  readonly dropOrder?: number;
  /** How a column without a head is called where it is left out. */
  readonly called?: string;
  /** Is cut where nothing remains to be left out; of several the first gives way first. */
  readonly cut?: boolean;
}

/**
 * A measure over runs, for pages that can draw: others have what it shows in tables. Values are in
 * the unit.
 */
export interface Chart extends BlockPlace {
  readonly kind: 'chart';
  readonly title: string;
  readonly unit: 'ns' | 'ratio' | 'perSec';
  /** The oldest first. */
  readonly points: readonly ChartPoint[];
  /** Between two changes: from which point to which, both of them included. */
  readonly levels: readonly { readonly from: number; readonly to: number; readonly mean: number }[];
  /** Before which point the level changed, and by how much. */
  readonly changes: readonly {
    readonly index: number;
    readonly text: string;
    readonly tone: Tone;
  }[];
}

export interface ChartPoint {
  /** Of which run it is. */
  readonly label: string;
  /** When that was. */
  readonly when: string;
  readonly value: number;
  /** The ends of its interval; absent where it has none. */
  readonly lower?: number;
  readonly upper?: number;
}

/** Facts side by side, on one line where there is room. */
export interface Note extends BlockPlace {
  readonly kind: 'note';
  /** Each fact is cells that read as one phrase: `12,034 calls`. */
  readonly facts: readonly Row[];
}

/** Named facts, one each line. */
export interface KeyValues extends BlockPlace {
  readonly kind: 'key-values';
  readonly entries: readonly KeyValue[];
}

export interface KeyValue {
  readonly key: string;
  readonly value: Cell;
}

/** What a cell says of itself: a status, or its weight beside other cells. */
export type Tone =
  /** Statuses: as wanted; not as wanted; open or doubtful. */
  | 'good'
  | 'bad'
  | 'doubt'
  /** Weights: ordinary; the main figure; beside the point; a recommendation. */
  | 'plain'
  | 'strong'
  | 'faint'
  | 'mark';

/** A quantity with its unit, or words; `formatCell` writes them. */
export type Cell = Value & { readonly tone?: Tone };

type Value =
  /** A part of what the cell above names where `isPart`. */
  | { readonly kind: 'words'; readonly text: string; readonly isPart?: boolean }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'rate'; readonly perSec: RatePerSec }
  | { readonly kind: 'ratio'; readonly ratio: Ratio }
  /** How many for each, 1.08 say. */
  | { readonly kind: 'factor'; readonly factor: number }
  /** A lower bound where `atLeast`. */
  | { readonly kind: 'duration'; readonly ns: Ns; readonly atLeast: boolean }
  | {
      readonly kind: 'interval';
      readonly lowerNs: Ns;
      readonly upperNs: Ns;
      readonly upperAtLeast: boolean;
    }
  /** In place of an interval: how many calls a sample would have to have. */
  | { readonly kind: 'needed'; readonly n: number }
  /** Not known. */
  | { readonly kind: 'unknown' };

/** Returns a table; `rest` has what few tables need. */
export function table(
  columns: readonly Column[],
  rows: readonly Row[],
  rest: Omit<Table, 'kind' | 'columns' | 'rows'> = {},
): Table {
  return { kind: 'table', columns, rows, ...rest };
}

/** Returns a note of facts; a cell alone is a fact. */
export function note(
  facts: readonly (Cell | Row)[],
  rest: Omit<Note, 'kind' | 'facts'> = {},
): Note {
  return { kind: 'note', facts: facts.map((fact) => ('kind' in fact ? [fact] : fact)), ...rest };
}

export function keyValues(entries: readonly KeyValue[]): KeyValues {
  return { kind: 'key-values', entries };
}

export function words(text: string, tone: Tone = 'plain'): Cell {
  return { kind: 'words', text, tone };
}

/** Returns the name of a part of what the cell above names. */
export function part(text: string, tone: Tone = 'plain'): Cell {
  return { kind: 'words', text, tone, isPart: true };
}

export function count(value: number, tone: Tone = 'plain'): Cell {
  return { kind: 'count', count: value, tone };
}

export function rate(perSec: RatePerSec, tone: Tone = 'plain'): Cell {
  return { kind: 'rate', perSec, tone };
}

export function ratio(value: Ratio, tone: Tone = 'plain'): Cell {
  return { kind: 'ratio', ratio: value, tone };
}

export function factor(value: number, tone: Tone = 'plain'): Cell {
  return { kind: 'factor', factor: value, tone };
}

/** Returns a duration, or the lower bound of one. */
export function duration(
  ns: Ns,
  { atLeast = false, tone = 'plain' }: { readonly atLeast?: boolean; readonly tone?: Tone } = {},
): Cell {
  return { kind: 'duration', ns, atLeast, tone };
}

export function interval(
  lowerNs: Ns,
  upperNs: Ns,
  {
    upperAtLeast = false,
    tone = 'plain',
  }: { readonly upperAtLeast?: boolean; readonly tone?: Tone } = {},
): Cell {
  return { kind: 'interval', lowerNs, upperNs, upperAtLeast, tone };
}

export function needed(n: number, tone: Tone = 'plain'): Cell {
  return { kind: 'needed', n, tone };
}

export function unknown(tone: Tone = 'plain'): Cell {
  return { kind: 'unknown', tone };
}

/** Returns the value of an estimate; unknown for a refusal. */
export function estimate(quantile: QuantileEstimate | undefined, tone: Tone = 'plain'): Cell {
  if (quantile?.kind !== 'known') return unknown(tone);
  return duration(quantile.valueNs, { atLeast: quantile.atLeast, tone });
}

/** Returns the interval of an estimate, or how many calls it needs; no words for no estimate. */
export function estimateInterval(
  quantile: QuantileEstimate | undefined,
  tone: Tone = 'plain',
): Cell {
  if (quantile === undefined) return words('', tone);
  if (quantile.kind === 'refused') return needed(quantile.neededN, tone);
  const { lowerNs, upperNs, upperAtLeast } = quantile;
  return interval(lowerNs, upperNs, { upperAtLeast, tone });
}
