import { drawAt, HarnessError, hashText, invariant, mix32 } from '../core/index.ts';
import type { FeederOrder, FeederSpec, Scenario } from '../scenario/index.ts';
import { csvRows } from './csv-rows.ts';
import { jsonLineRows } from './json-line-rows.ts';

/** Most rows of a feeder. */
const ROWS_MAX = 1_000_000;

/** The rows of a feeder, in the order in which arrivals are given them. */
export class FeederTable {
  readonly columns: readonly string[];
  readonly #rows: readonly (readonly unknown[])[];
  readonly #isRandom: boolean;
  readonly #seed: number;
  readonly #purpose: number;
  /** Of a shuffled feeder: the place of the k-th row; undefined for any other. */
  readonly #places: Uint32Array | undefined;

  constructor(
    { name, order }: { readonly name: string; readonly order: FeederOrder },
    table: RawTable,
    seed: number,
  ) {
    this.columns = table.columns;
    this.#rows = table.rows;
    this.#isRandom = order === 'random';
    this.#seed = seed;
    this.#purpose = hashText(`feeder:${name}`);
    this.#places = order === 'shuffled' ? this.#shuffledPlaces() : undefined;
  }

  get rowCount(): number {
    return this.#rows.length;
  }

  /**
   * Returns the value of a column, by its index, for arrival `seq`; undefined where the row has none.
   * Every worker gives an arrival the same row: it depends on seed and number alone.
   */
  valueAt(seq: number, column: number): unknown {
    const count = this.#rows.length;
    if (this.#isRandom) {
      return this.#rows[Math.floor(drawAt(this.#seed, this.#purpose, seq) * count)]?.[column];
    }
    const place = seq % count;
    return this.#rows[this.#places?.[place] ?? place]?.[column];
  }

  /** Returns the values of a column, row by row as they were read. */
  valuesOf(column: number): readonly unknown[] {
    return this.#rows.map((row) => row[column]);
  }

  /** Fisher and Yates, with the draws of this feeder. */
  #shuffledPlaces(): Uint32Array {
    const places = Uint32Array.from(this.#rows, (_, i) => i);
    const purpose = mix32(this.#purpose ^ 0x5bd1e995);
    for (let i = places.length - 1; i > 0; i--) {
      const j = Math.floor(drawAt(this.#seed, purpose, i) * (i + 1));
      [places[i], places[j]] = [places[j] ?? 0, places[i] ?? 0];
    }
    return places;
  }
}

/** Columns and rows as they were read. */
export interface RawTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * Returns the table of a feeder of the scenario.
 * @throws SCENARIO_INVALID for a file that is no table, with its line.
 */
export function feederTable(spec: FeederSpec, scenario: Scenario): FeederTable {
  const raw = spec.rows ? rowTable(spec.rows) : fileTable(spec, scenario);
  if (raw.rows.length > 0 && raw.rows.length <= ROWS_MAX) {
    return new FeederTable(spec, raw, scenario.seed);
  }
  throw new HarnessError(
    'SCENARIO_INVALID',
    `the feeder "${spec.name}" must have 1 to ${ROWS_MAX} rows, got ${raw.rows.length} (${spec.file})`,
    { hint: 'Put rows into it, one per user or order say, or use a part of them.' },
  );
}

function rowTable(rows: readonly Readonly<Record<string, unknown>>[]): RawTable {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

function fileTable({ file }: FeederSpec, { files, source }: Scenario): RawTable {
  const text = files?.find(({ path }) => path === file)?.text;
  invariant(text !== undefined, `the file ${file} of ${source.file} was read`);
  return /\.csv$/iu.test(file) ? csvRows(text, file) : rowTable(jsonLineRows(text, file));
}
