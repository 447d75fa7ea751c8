import { HarnessError } from '../core/index.ts';
import type { StoreConnection } from './connection.ts';
import { OWN_LAYOUT, SPANS_OF_THE_COLLECTOR, type SpanLayout } from './span-layout.ts';
import { plainType } from './table-check.ts';

/** A table of spans that is a team's own. */
export interface TableName {
  readonly database: string;
  readonly table: string;
}

/** Columns that older versions of the exporter did not write, and what stands in for them. */
const STAND_INS: Readonly<Record<string, string>> = {
  TraceState: "''",
  StatusMessage: "''",
  ScopeName: "''",
  ScopeVersion: "''",
  'Events.Timestamp': "CAST([], 'Array(DateTime64(9))')",
  'Events.Name': "CAST([], 'Array(String)')",
  'Events.Attributes': "CAST([], 'Array(Map(String, String))')",
  'Links.TraceId': "CAST([], 'Array(String)')",
  'Links.SpanId': "CAST([], 'Array(String)')",
  'Links.TraceState': "CAST([], 'Array(String)')",
  'Links.Attributes': "CAST([], 'Array(Map(String, String))')",
};
/** Kinds and statuses as numbers with names. */
const ENUM = /^Enum(?:8|16)\(/u;
const READ_ONLY = 'It is only read: nothing is made or changed there.';

/**
 * Returns the table that a text names, `database.table` or `table` of the database given.
 * @throws USAGE_INVALID for anything else
 */
export function parseTableName(text: string, database: string): TableName {
  const [, named, table] = /^(?:([^.`\s]+)\.)?([^.`\s]+)$/u.exec(text) ?? [];
  if (table === undefined) {
    throw new HarnessError(
      'USAGE_INVALID',
      `--spans must name a table, database.table, got "${text}"`,
      { hint: 'Write --spans otel.otel_traces, say.' },
    );
  }
  return { database: named ?? database, table };
}

/**
 * Returns how the spans lie in a table that callgauge did not make: of the Collector's exporter of
 * some version, Map or JSON, or a Distributed table or a view of such. Asks for SELECT alone.
 * @throws HarnessError STORE_UNSUITABLE where it is no such table, or the user may not read it
 */
export async function probeForeignTable(
  connection: StoreConnection,
  name: TableName,
): Promise<SpanLayout> {
  type ColumnRow = { readonly Name: string; readonly Type: string; readonly Engine: string };
  const rows = await connection.select<ColumnRow>(
    `SELECT name AS Name, type AS Type,
       (SELECT any(engine) FROM system.tables WHERE database = {database:String} AND name = {table:String}) AS Engine
     FROM system.columns WHERE database = {database:String} AND table = {table:String}`,
    { ...name },
  );
  const shown = `${name.database}.${name.table}`;
  if (rows.length === 0) {
    throw unsuitable(
      `${connection.url} has no table ${shown}, or the user has no right to see it`,
      'Name the table of spans as --spans database.table; the user needs SELECT on it.',
    );
  }
  const types = new Map(rows.map((row) => [row.Name, row.Type]));
  const problems = Object.entries(SPANS_OF_THE_COLLECTOR).flatMap(([column, wanted]) =>
    problemOf(column, wanted, types.get(column)),
  );
  if (problems.length > 0) {
    throw unsuitable(
      `${shown}: ${problems.join('; ')}`,
      `A table as the Collector's ClickHouse exporter makes it is wanted, or a view that has its columns. ${READ_ONLY}`,
    );
  }
  const missing = Object.keys(STAND_INS).filter((column) => !types.has(column));
  const layout: SpanLayout = {
    ...OWN_LAYOUT,
    from: fromText(name, missing),
    isJson: types.get('SpanAttributes')?.startsWith('JSON') ?? false,
    takesColumns: false,
    hasSubcolumns: rows[0]?.Engine !== 'Buffer',
    hasRunId: missing.length === 0 && types.has('RunId'),
  };
  await probe(connection, layout, shown);
  return layout;
}

function problemOf(
  column: string,
  wanted: readonly string[],
  found: string | undefined,
): readonly string[] {
  if (found === undefined) {
    return column in STAND_INS ? [] : [`no column ${column}; ${wanted.join(' or ')} is wanted`];
  }
  const plain = plainType(found);
  const isFit = wanted.some((type) => plainType(type) === plain);
  const isName = wanted[0] === 'String' && ENUM.test(plain);
  return isFit || isName ? [] : [`${column} is ${found}; ${wanted.join(' or ')} is wanted`];
}

function fromText({ database, table }: TableName, missing: readonly string[]): string {
  const from = `${quoted(database)}.${quoted(table)}`;
  if (missing.length === 0) return `${from} AS otel_traces`;
  const added = missing.map((column) => `${STAND_INS[column]} AS ${quoted(column)}`);
  return `(SELECT *, ${added.join(', ')} FROM ${from}) AS otel_traces`;
}

/** Reads a span, so that what is behind a view, and the user's rights, have been seen. */
async function probe(
  connection: StoreConnection,
  { from }: SpanLayout,
  shown: string,
): Promise<void> {
  const names = Object.keys(SPANS_OF_THE_COLLECTOR).map(quoted).join(', ');
  try {
    await connection.select(`SELECT ${names} FROM ${from} LIMIT 1`);
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code !== 'STORE_REFUSED') throw error;
    throw unsuitable(
      `${shown} cannot be read: ${error.message}`,
      `The user needs SELECT on all of its columns, and on what it stands for. ${READ_ONLY}`,
      error,
    );
  }
}

function quoted(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

function unsuitable(message: string, hint: string, cause?: unknown): HarnessError {
  return new HarnessError('STORE_UNSUITABLE', message, { hint, cause });
}
