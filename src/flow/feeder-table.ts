import { drawAt, HarnessError, hashText, invariant, mix32 } from '../core/index.ts';
import type { FeederSpec, ScenarioWithFiles } from '../scenario/index.ts';
import { csvRows, type RawTable } from './csv-rows.ts';
import { jsonLineRows } from './json-line-rows.ts';
import type { Scope } from './scope.ts';

/** Most rows of a feeder. */
const ROWS_MAX = 1_000_000;

/**
 * Most values of a feeder of objects: each row has a place for every key that any row has, so that
 * objects of different keys take rows x keys.
 */
const VALUES_MAX = 20_000_000;

/** The rows of a feeder, in the order in which arrivals, or users, are given them. */
export class FeederTable {
  /** Whether a row is given once. */
  readonly once: boolean;
  /** Whether a user keeps its row, in place of one per arrival. */
  readonly isPerUser: boolean;
  readonly columns: readonly string[];
  readonly #rows: readonly (readonly unknown[])[];
  readonly #isRandom: boolean;
  readonly #seed: number;
  readonly #purpose: number;
  /** Of a shuffled feeder: the place of the k-th row; undefined for any other. */
  readonly #places: Uint32Array | undefined;

  constructor(
    { name, order, once = false, per = 'arrival' }: Omit<FeederSpec, 'rows' | 'file'>,
    table: RawTable,
    seed: number,
  ) {
    this.once = once;
    this.isPerUser = per === 'user';
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
   * Returns the value of a column, by its index, for the arrival, or the user, of that number;
   * undefined where the row has none. Every worker gives it the same row: it depends on seed and
   * number alone.
   */
  valueAt(number: number, column: number): unknown {
    const count = this.#rows.length;
    if (this.#isRandom) {
      return this.#rows[Math.floor(drawAt(this.#seed, this.#purpose, number) * count)]?.[column];
    }
    const place = number % count;
    return this.#rows[this.#places?.[place] ?? place]?.[column];
  }

  /** Returns the value of a column in the row of an iteration. */
  valueIn({ seq, user }: Pick<Scope, 'seq' | 'user'>, column: number): unknown {
    return this.valueAt(this.isPerUser ? user : seq, column);
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

/**
 * Returns the table of a feeder of the scenario.
 * @throws SCENARIO_INVALID for a file that is no table, with its line.
 */
export function feederTable(spec: FeederSpec, scenario: ScenarioWithFiles): FeederTable {
  const raw = spec.rows
    ? rowTable(jsonLineRows(spec.rows.join('\n'), spec.name), spec)
    : fileTable(spec, scenario);
  if (raw.rows.length > 0 && raw.rows.length <= ROWS_MAX) {
    return new FeederTable(spec, raw, scenario.seed);
  }
  throw new HarnessError(
    'SCENARIO_INVALID',
    `the feeder "${spec.name}" must have 1 to ${ROWS_MAX} rows, got ${raw.rows.length} (${spec.file})`,
    { hint: 'Put rows into it, one per user or order say, or use a part of them.' },
  );
}

function rowTable(
  rows: readonly Readonly<Record<string, unknown>>[],
  { name, file }: FeederSpec,
): RawTable {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (rows.length * columns.length > VALUES_MAX) {
    throw new HarnessError(
      'SCENARIO_INVALID',
      `the feeder "${name}" must have ${VALUES_MAX} values at most, got ${rows.length} rows x ${columns.length} different keys (${file ?? name})`,
      { hint: 'Give all rows the same keys, or use a part of them.' },
    );
  }
  return { columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

function fileTable(spec: FeederSpec, { files, source }: ScenarioWithFiles): RawTable {
  const { file } = spec;
  const text = files.find(({ path }) => path === file)?.text;
  invariant(text !== undefined, `the file ${file} of ${source.file} was read`);
  return /\.csv$/iu.test(file) ? csvRows(text, file) : rowTable(jsonLineRows(text, file), spec);
}
