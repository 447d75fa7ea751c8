import { array, column, type Column, string, SPAN_TABLE, type Table } from '../native/index.ts';
import type { Span } from '../core/index.ts';

/** How `otel_traces` lies in a store: ours, a Collector's of some version, or a team's own. */
export interface SpanLayout {
  /** What queries read from, as it stands behind FROM; its name in them is `otel_traces`. */
  readonly from: string;
  /** Attributes are of the type JSON, as the Collector's exporter makes them with `json: true`. */
  readonly isJson: boolean;
  /** Its engine can be given the column RunId and an index on it. */
  readonly takesColumns: boolean;
  readonly hasRunId: boolean;
  /** A key of a map can be read without the others. */
  readonly hasSubcolumns: boolean;
  /** The columns of attribute names beside JSON attributes, where they are to be filled. */
  readonly keyColumns: readonly string[];
}

/** A Buffer does not have the subcolumns of maps that a key of one would be read from. */
const NO_SUBCOLUMNS = 'SETTINGS optimize_functions_to_subcolumns = 0';
const TEXT = ['String'];
const MAPS = ['Map(LowCardinality(String), String)', 'JSON'];
const ARRAYS_OF_MAPS = ['Array(Map(LowCardinality(String), String))', 'Array(JSON)'];

/** The table of spans, as the queries name it. */
const OWN_TABLE = SPAN_TABLE.name;

/** The types that the Collector's exporter has given its columns, the newest first. */
export const SPANS_OF_THE_COLLECTOR: Readonly<Record<string, readonly string[]>> = {
  Timestamp: ['DateTime64(9)'],
  TraceId: TEXT,
  SpanId: TEXT,
  ParentSpanId: TEXT,
  TraceState: TEXT,
  SpanName: TEXT,
  SpanKind: TEXT,
  ServiceName: TEXT,
  ResourceAttributes: MAPS,
  ScopeName: TEXT,
  ScopeVersion: TEXT,
  SpanAttributes: MAPS,
  Duration: ['UInt64', 'Int64'],
  StatusCode: TEXT,
  StatusMessage: TEXT,
  'Events.Timestamp': ['Array(DateTime64(9))'],
  'Events.Name': ['Array(String)'],
  'Events.Attributes': ARRAYS_OF_MAPS,
  'Links.TraceId': ['Array(String)'],
  'Links.SpanId': ['Array(String)'],
  'Links.TraceState': ['Array(String)'],
  'Links.Attributes': ARRAYS_OF_MAPS,
};

/**
 * How many spans a span stands for: 2^64 over what is left above the threshold `th` of
 * OpenTelemetry's entry in its trace state, read as a fraction of 2^64; 1 where it has none.
 */
const WEIGHT = `if(position(TraceState, 'th:') = 0, 1., 18446744073709551616. / (18446744073709551616. - reinterpretAsUInt64(reverse(unhex(rightPad(${otelValue('th', '{1,14}')}, 16, '0'))))))`;
/** That threshold in 14 hex digits; '' where there is none. */
const THRESHOLD = `if(position(TraceState, 'th:') = 0, '', rightPad(${otelValue('th', '{1,14}')}, 14, '0'))`;
/** What is compared with it: the trace state's `rv`, else the end of the trace id. */
const RANDOM = `if(position(TraceState, 'rv:') = 0, substring(TraceId, 19, 14), ${otelValue('rv', '{14}')})`;

/** A value, in hex digits, of OpenTelemetry's entry in a trace state; '' where it has none. */
function otelValue(key: string, digits: string): string {
  return String.raw`extract(TraceState, '(?:^|,)\\s*ot=(?:[^,]*;)?${key}:([0-9a-f]${digits})(?:[,;]|$)')`;
}

/** The layout of the table that callgauge makes. */
export const OWN_LAYOUT: SpanLayout = {
  from: OWN_TABLE,
  isJson: false,
  takesColumns: true,
  hasRunId: true,
  hasSubcolumns: true,
  keyColumns: [],
};

/**
 * Returns a query of sql/queries for the layout. They are written for ours: there a run's spans are
 * found by `otel_traces.RunId`, and attributes are maps. `{Weight}` is how many spans one stands
 * for.
 */
export function queryFor(layout: SpanLayout, text: string): string {
  const sql = text
    .replaceAll('{Weight}', () => WEIGHT)
    .replaceAll('{Threshold}', () => THRESHOLD)
    .replaceAll('{Random}', () => RANDOM);
  const byRun = layout.hasRunId
    ? sql
    : sql.replaceAll('otel_traces.RunId = ', 'substring(TraceId, 1, 16) = ');
  const there =
    layout.from === OWN_TABLE
      ? byRun
      : byRun.replaceAll(/\bFROM otel_traces\b/gu, `FROM ${layout.from}`);
  const plain =
    layout.hasSubcolumns || layout.from !== OWN_TABLE
      ? there
      : `${there.trimEnd()}\n${NO_SUBCOLUMNS}`;
  if (!layout.isJson) return plain;
  return plain.replaceAll(
    /\b(ResourceAttributes|SpanAttributes)\['([^']+)'\]/gu,
    (_text, name: string, key: string) => `ifNull(toString(${name}.\`${key}\`), '')`,
  );
}

/**
 * Returns what reads one attribute of a column as text, '' where it is not there. What is cast is
 * read whole, of a table without subcolumns.
 */
export function attributeText(layout: SpanLayout, of: string, key: string): string {
  const escaped = key.replaceAll('\\', '\\\\');
  if (layout.isJson) {
    return `ifNull(toString(${of}.\`${escaped.replaceAll('`', '\\`')}\`), '')`;
  }
  const map = layout.hasSubcolumns ? of : `CAST(${of}, 'Map(String, String)')`;
  return `${map}['${escaped.replaceAll("'", "\\'")}']`;
}

/** Returns the table of spans to write to. JSON columns take maps: the server casts on insert. */
export function spanTableFor(layout: SpanLayout): Table<Span> {
  const keys: readonly Column<Span>[] = layout.keyColumns.map((name) =>
    column(name, array(string), (span) =>
      Object.keys(name.startsWith('Resource') ? span.resourceAttributes : span.attributes),
    ),
  );
  return { ...SPAN_TABLE, columns: [...SPAN_TABLE.columns, ...keys] };
}
