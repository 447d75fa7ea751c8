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
  | 'attempt_counts'
  | 'connect_errors'
  | 'counter_seconds'
  | 'counters'
  | 'edges'
  | 'errors'
  | 'failed_attempts'
  | 'failure_examples'
  | 'fault_windows'
  | 'known_spans'
  | 'last_failed_trace'
  | 'matching_traces'
  | 'operations'
  | 'recent_runs'
  | 'runs'
  | 'seconds'
  | 'served_calls'
  | 'served_edges'
  | 'served_failed_attempts'
  | 'served_kept'
  | 'series'
  | 'slowest_calls'
  | 'span_counts'
  | 'step_spans'
  | 'trace'
  | 'trace_summaries'
  | 'traces_beginning'
  | 'weighted_operations'
  | 'window_spans'
  | 'window_traces';

/** What stands before queries that share their common table expressions: a file of sql/parts. */
const BEGINNINGS: Readonly<Partial<Record<QueryName, string>>> = {
  edges: 'attempts',
  failed_attempts: 'attempts',
  served_edges: 'served_attempts',
  served_failed_attempts: 'served_attempts',
  step_spans: 'step_traces',
  window_spans: 'selected_traces',
  window_traces: 'selected_traces',
};

const queries = new Map<QueryName, string>();

/**
 * Returns the text of a query. Its `{name:Type}` are parameters of ClickHouse; `{Ending}` is
 * sql/parts/span_ending.sql.
 */
export function queryText(name: QueryName): string {
  const known = queries.get(name);
  if (known !== undefined) return known;
  const beginning = BEGINNINGS[name];
  const file = name
    .replace(/^served_(edges|failed_attempts)$/u, '$1')
    .replace(/^step_spans$/u, 'window_spans');
  const parts = [...(beginning === undefined ? [] : [`parts/${beginning}`]), `queries/${file}`];
  const text = parts
    .map((part) => readText(new URL(`${part}.sql`, SQL)))
    .join('')
    .replace('{Ending}', () => readText(new URL('parts/span_ending.sql', SQL)).trim());
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
