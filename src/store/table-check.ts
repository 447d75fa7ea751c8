import { HarnessError } from '../core/index.ts';
import type { StoreConnection } from './connection.ts';
import { isMissingTable } from './store-error.ts';
import { SPAN_TABLE, type Table } from '../native/index.ts';
import { OWN_LAYOUT, SPANS_OF_THE_COLLECTOR, type SpanLayout } from './span-layout.ts';
import { ERROR_TABLE } from './tables/error-table.ts';
import { COUNTER_TABLE, FAULT_WINDOW_TABLE, HISTOGRAM_TABLE } from './tables/measurement-tables.ts';
import { RUN_TABLE } from './tables/run-table.ts';

/** What a command does with the store: one that only reads is content with a view. */
export type StoreAccess = 'read' | 'write';

/** A table as it stands in the store. */
export interface SeenTable {
  readonly engine: string;
  readonly columns: ReadonlyMap<string, SeenColumn>;
}

export interface SeenColumn {
  readonly type: string;
  /** '', `DEFAULT`, `MATERIALIZED` or `ALIAS`. */
  readonly defaultKind: string;
}

/** One thing that a table is not, and what would mend it. */
interface Unsuitable {
  readonly text: string;
  readonly remedy: string;
}

const OWN_TABLES = [RUN_TABLE, HISTOGRAM_TABLE, COUNTER_TABLE, ERROR_TABLE, FAULT_WINDOW_TABLE];
const SHOWN_MAX = 4;
const UNTOUCHED = '(Nothing was made or changed there.)';

/** Take what is inserted and give it back, but no index, and no column beside those they have. */
const PLAIN_ENGINES: ReadonlySet<string> = new Set([
  'Buffer',
  'Distributed',
  'Log',
  'Memory',
  'StripeLog',
  'TinyLog',
]);
const READ_ONLY_ENGINES: ReadonlySet<string> = new Set(['MaterializedView', 'Merge', 'View']);

/** Returns the tables of the database that have names of ours; none where there is no database. */
export async function seenTables(
  connection: StoreConnection,
): Promise<ReadonlyMap<string, SeenTable>> {
  type TableRow = { readonly Name: string; readonly Engine: string };
  type ColumnRow = {
    readonly TableName: string;
    readonly Name: string;
    readonly Type: string;
    readonly DefaultKind: string;
  };
  const { database } = connection;
  const tables = [SPAN_TABLE.name, ...OWN_TABLES.map(({ name }) => name)];
  try {
    const [found, columns] = await Promise.all([
      connection.select<TableRow>(
        'SELECT name AS Name, engine AS Engine FROM system.tables WHERE database = {database:String} AND name IN {tables:Array(String)}',
        { database, tables },
      ),
      connection.select<ColumnRow>(
        'SELECT table AS TableName, name AS Name, type AS Type, default_kind AS DefaultKind FROM system.columns WHERE database = {database:String} AND table IN {tables:Array(String)}',
        { database, tables },
      ),
    ]);
    const byTable = Map.groupBy(columns, (row) => row.TableName);
    return new Map(
      found.map(({ Name, Engine }) => {
        const own = (byTable.get(Name) ?? []).map((c): [string, SeenColumn] => [
          c.Name,
          { type: c.Type, defaultKind: c.DefaultKind },
        ]);
        return [Name, { engine: Engine, columns: new Map(own) }];
      }),
    );
  } catch (error) {
    if (isMissingTable(error)) return new Map();
    throw error;
  }
}

/** Returns whether a table of ours, or our column of the spans, is not there. */
export function lacksTables(seen: ReadonlyMap<string, SeenTable>): boolean {
  const spans = seen.get(SPAN_TABLE.name);
  if (spans?.engine.endsWith('MergeTree') && !spans.columns.has('RunId')) return true;
  return [SPAN_TABLE, ...OWN_TABLES].some(({ name }) => !seen.has(name));
}

/**
 * Returns how the spans lie in the store, once every table that stands there has been found to be
 * one that callgauge can work with. Columns that a pending migration adds may be missing.
 * @throws HarnessError STORE_UNSUITABLE naming table, column, the type seen and the type wanted
 */
export function checkTables(
  seen: ReadonlyMap<string, SeenTable>,
  options: {
    readonly place: string;
    readonly access: StoreAccess;
    /** The text of the migrations that are still to be applied. */
    readonly pending: string;
  },
): SpanLayout {
  const problems = [
    ...spanProblems(seen.get(SPAN_TABLE.name), options.access),
    ...OWN_TABLES.flatMap((table) => ownProblems(table, seen.get(table.name), options)),
  ];
  const [first] = problems;
  if (first !== undefined) throw unsuitable(problems, first, options.place);
  return layoutOf(seen.get(SPAN_TABLE.name));
}

/**
 * Reads a span through a table that has its rows elsewhere, so that what is behind it has been
 * seen: the other servers of a Distributed table, the tables of a view.
 * @throws HarnessError STORE_UNSUITABLE with what the server said
 */
export async function probeSpans(
  connection: StoreConnection,
  seen: ReadonlyMap<string, SeenTable>,
): Promise<void> {
  const { name, columns } = SPAN_TABLE;
  const engine = seen.get(name)?.engine;
  if (engine === undefined || engine.endsWith('MergeTree')) return;
  const names = columns.map((c) => `\`${c.name}\``).join(', ');
  try {
    await connection.select(`SELECT ${names} FROM ${name} LIMIT 1`);
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code !== 'STORE_REFUSED') throw error;
    const text = `${name} has the engine ${engine} and cannot be read`;
    throw new HarnessError('STORE_UNSUITABLE', `${text}: ${error.message}`, {
      hint: `Mend what the table stands for. ${UNTOUCHED}`,
      cause: error,
    });
  }
}

function spanProblems(seen: SeenTable | undefined, access: StoreAccess): readonly Unsuitable[] {
  if (seen === undefined) return [];
  const { name, columns } = SPAN_TABLE;
  const engine = engineProblem(name, seen, access);
  if (engine !== undefined) return [engine];
  return columns.flatMap((column) => {
    const wanted = SPANS_OF_THE_COLLECTOR[column.name] ?? [column.type];
    return columnProblems({ table: name, column: column.name, wanted }, seen, access);
  });
}

function engineProblem(
  table: string,
  { engine }: SeenTable,
  access: StoreAccess,
): Unsuitable | undefined {
  if (engine.endsWith('MergeTree') || PLAIN_ENGINES.has(engine)) return undefined;
  if (READ_ONLY_ENGINES.has(engine)) {
    if (access === 'read') return undefined;
    return {
      text: `${table} has the engine ${engine}, which takes no spans; a MergeTree table is wanted`,
      remedy: 'Runs are stored in another database, after the host in --store; reading works here.',
    };
  }
  return {
    text: `${table} has the engine ${engine}; a MergeTree table, or Distributed over some, is wanted`,
    remedy: 'Name another database after the host in --store: its tables are made.',
  };
}

function ownProblems(
  { name, columns }: Table<never>,
  seen: SeenTable | undefined,
  { access, pending }: { readonly access: StoreAccess; readonly pending: string },
): readonly Unsuitable[] {
  if (seen === undefined) return [];
  if (!seen.engine.endsWith('MergeTree')) {
    return [
      {
        text: `${name} has the engine ${seen.engine}; a MergeTree table is wanted`,
        remedy: 'Rename it, or name another database after the host in --store.',
      },
    ];
  }
  return columns
    .filter((c) => seen.columns.has(c.name) || !isAdded(name, c.name, pending))
    .flatMap((c) =>
      columnProblems({ table: name, column: c.name, wanted: [c.type] }, seen, access),
    );
}

/** Whether a migration that is still to be applied brings the column. */
function isAdded(table: string, column: string, pending: string): boolean {
  return pending
    .split(';')
    .some(
      (statement) =>
        statement.includes(`ALTER TABLE ${table}`) &&
        new RegExp(`ADD COLUMN IF NOT EXISTS \`?${column.replace('.', '\\.')}\\b`, 'u').test(
          statement,
        ),
    );
}

function columnProblems(
  place: { readonly table: string; readonly column: string; readonly wanted: readonly string[] },
  seen: SeenTable,
  access: StoreAccess,
): readonly Unsuitable[] {
  const { table, column, wanted } = place;
  const found = seen.columns.get(column);
  const types = wanted.join(' or ');
  if (found === undefined) {
    return [
      {
        text: `${table} has no column ${column}; ${types} is wanted`,
        remedy: `ALTER TABLE ${table} ADD COLUMN \`${column}\` ${wanted[0] ?? ''}`,
      },
    ];
  }
  if (!wanted.some((type) => plainType(type) === plainType(found.type))) {
    return [
      {
        text: `${table}.${column} is ${found.type}; ${types} is wanted`,
        remedy: 'Name another database after the host in --store: its tables are made.',
      },
    ];
  }
  if (access === 'write' && ['ALIAS', 'MATERIALIZED'].includes(found.defaultKind)) {
    return [
      {
        text: `${table}.${column} is ${found.defaultKind}, so that it cannot be written; a plain column is wanted`,
        remedy: `ALTER TABLE ${table} MODIFY COLUMN \`${column}\` REMOVE ${found.defaultKind}`,
      },
    ];
  }
  return [];
}

/**
 * A type without what changes neither values nor how they are written: dictionaries, time zones.
 */
export function plainType(type: string): string {
  return type
    .replaceAll(/LowCardinality\((\w+)\)/gu, '$1')
    .replaceAll(/DateTime64\((\d), '[^']*'\)/gu, 'DateTime64($1)')
    .replaceAll(/DateTime\('[^']*'\)/gu, 'DateTime')
    .replaceAll(/JSON\((?:[^()]|\([^()]*\))*\)/gu, 'JSON')
    .replaceAll(/\s/gu, '');
}

function layoutOf(spans: SeenTable | undefined): SpanLayout {
  const isJson = spans?.columns.get('SpanAttributes')?.type.startsWith('JSON') ?? false;
  const takesColumns = spans === undefined || spans.engine.endsWith('MergeTree');
  return {
    ...OWN_LAYOUT,
    isJson,
    takesColumns,
    hasSubcolumns: takesColumns,
    hasRunId: takesColumns || spans.columns.has('RunId'),
    keyColumns: ['ResourceAttributesKeys', 'SpanAttributesKeys'].filter(
      (name) => spans?.columns.get(name)?.defaultKind === '',
    ),
  };
}

function unsuitable(
  problems: readonly Unsuitable[],
  first: Unsuitable,
  place: string,
): HarnessError {
  const shown = problems.slice(0, SHOWN_MAX).map(({ text }) => text);
  const more = problems.length - shown.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return new HarnessError('STORE_UNSUITABLE', `${place}: ${[...shown, ...rest].join('; ')}`, {
    hint: `${remedyOf(problems, first)} ${UNTOUCHED}`,
  });
}

/** Columns that are missing are all added at once; any other problem has a remedy for all. */
function remedyOf(problems: readonly Unsuitable[], first: Unsuitable): string {
  const added = problems.every(({ remedy }) => remedy.includes(' ADD COLUMN '));
  return added ? problems.map(({ remedy }) => remedy).join('; ') : first.remedy;
}
