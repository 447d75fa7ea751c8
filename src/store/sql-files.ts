import { readdirSync, readFileSync } from 'node:fs';

const SQL = new URL('./sql/', import.meta.url);

/** One file of sql/migrations: `0003_callgauge_runs.sql` has version 3. */
export interface MigrationFile {
  readonly version: number;
  readonly name: string;
  /** With line ends as \n, whatever the checkout made of them. */
  readonly text: string;
}

/** Returns the migrations in the order of their versions. */
export function migrationFiles(): readonly MigrationFile[] {
  const folder = new URL('migrations/', SQL);
  return readdirSync(folder)
    .filter((name) => /^\d{4}_\w+\.sql$/u.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      name: name.slice(0, -'.sql'.length),
      text: readText(new URL(name, folder)),
    }));
}

/** The queries of sql/queries, by the name of the file. */
export type QueryName =
  | 'arrivals'
  | 'counters'
  | 'edges'
  | 'errors'
  | 'fault_windows'
  | 'runs'
  | 'seconds'
  | 'series'
  | 'slowest_calls'
  | 'span_counts'
  | 'trace';

const queries = new Map<QueryName, string>();

/** Returns the text of a query; its `{name:Type}` are parameters of ClickHouse. */
export function queryText(name: QueryName): string {
  const known = queries.get(name);
  if (known !== undefined) return known;
  const text = readText(new URL(`queries/${name}.sql`, SQL));
  queries.set(name, text);
  return text;
}

/**
 * Returns the statements of a migration. They end at a semicolon that ends its line, so a text in
 * them must not hold one there.
 */
export function statementsOf(text: string): readonly string[] {
  return text
    .split(/;[ \t]*(?:\n|$)/u)
    .filter((part) => part.replaceAll(/^\s*--.*$/gmu, '').trim() !== '')
    .map((part) => part.trim());
}

function readText(url: URL): string {
  return readFileSync(url, 'utf8').replaceAll('\r\n', '\n');
}
