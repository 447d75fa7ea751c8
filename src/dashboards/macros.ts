import { invariant, type Ms } from '../core/index.ts';

export interface MacroContext {
  /** The time range of the dashboard, ms since the Unix epoch. */
  readonly fromMs: Ms;
  readonly toMs: Ms;
  /** The width of one point of a graph, whole seconds from 1. */
  readonly intervalSec: number;
  /** Values by name; several for a variable with more than one choice. */
  readonly variables: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * Returns the query as Grafana and its data source plugins would send it: macros and variables of
 * SQL and PromQL replaced by their values. It knows what our dashboards use and nothing else, so
 * that a query can be run and checked without Grafana. In SQL a variable is `${name:singlequote}`,
 * in PromQL `${name}`, which the plugin turns into a regular expression.
 * @throws InvariantError for a macro or a variable that it does not know.
 */
export function expandMacros(query: string, context: MacroContext): string {
  const expanded = query
    .replace(/\$__(\w+)(?:\(([^()]*)\))?/gu, (whole, name: string, argument?: string) =>
      expandMacro({ whole, name, argument }, context),
    )
    .replace(/\$\{(\w+)(?::(\w+))?\}/gu, (_whole, name: string, format?: string) =>
      formatVariable({ name, format }, context),
    );
  invariant(!expanded.includes('${'), `a query holds a variable of unknown form: ${query}`);
  return expanded;
}

function expandMacro(
  macro: { readonly whole: string; readonly name: string; readonly argument: string | undefined },
  { fromMs, toMs, intervalSec }: MacroContext,
): string {
  const from = `toDateTime(${Math.floor(fromMs / 1_000)})`;
  const to = `toDateTime(${Math.floor(toMs / 1_000)})`;
  const column = macro.argument?.trim() ?? '';
  const values: Readonly<Record<string, string>> = {
    timeFilter: `${column} >= ${from} AND ${column} <= ${to}`,
    timeInterval: `toStartOfInterval(toDateTime(${column}), INTERVAL ${intervalSec} second)`,
    fromTime: from,
    toTime: to,
    fromTime_ms: `fromUnixTimestamp64Milli(${fromMs})`,
    toTime_ms: `fromUnixTimestamp64Milli(${toMs})`,
    interval_s: String(intervalSec),
    rate_interval: `${Math.max(4, intervalSec + 1)}s`,
  };
  const value = values[macro.name];
  invariant(value !== undefined, `unknown macro ${macro.whole} in a dashboard's query`);
  return value;
}

function formatVariable(
  wanted: { readonly name: string; readonly format: string | undefined },
  { variables }: MacroContext,
): string {
  const value = variables[wanted.name];
  invariant(value !== undefined, `a dashboard's query asks for the variable ${wanted.name}`);
  const values = typeof value === 'string' ? [value] : value;
  if (wanted.format === 'singlequote') {
    return values.map((text) => `'${text.replaceAll("'", "\\'")}'`).join(',');
  }
  invariant(wanted.format === undefined, `unknown format of ${wanted.name}: ${wanted.format}`);
  // Inside a quoted text of PromQL a backslash is written twice.
  const escaped = values.map((text) => text.replace(/[\\^$*+?.()[\]{}|]/gu, '\\\\$&'));
  return escaped.length === 1 ? escaped.join() : `(${escaped.join('|')})`;
}
