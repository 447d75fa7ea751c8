import {
  isExactNumber,
  mayHoldExact,
  spanKindOf,
  spanStatusOf,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '../../core/index.ts';

/** Attributes as a row has them: texts by their names, or, of a JSON column, values by parts. */
export type RowAttributes = Readonly<Record<string, unknown>>;

const WHOLE_NUMBER = /^-?\d+$/u;

/** A row of sql/queries/trace.sql and slowest_calls.sql. */
export interface SpanRow {
  readonly TraceId: string;
  readonly SpanId: string;
  readonly ParentSpanId: string;
  readonly TraceState: string;
  readonly SpanName: string;
  readonly SpanKind: string;
  readonly ServiceName: string;
  readonly StartNs: string;
  readonly DurationNs: string;
  readonly StatusCode: string;
  readonly StatusMessage: string;
  readonly ResourceAttributes: RowAttributes;
  readonly SpanAttributes: RowAttributes;
  readonly ScopeName: string;
  readonly ScopeVersion: string;
  readonly EventNs: readonly string[];
  readonly EventNames: readonly string[];
  readonly EventAttributes: readonly RowAttributes[];
  readonly LinkTraceIds: readonly string[];
  readonly LinkSpanIds: readonly string[];
  readonly LinkTraceStates: readonly string[];
  readonly LinkAttributes: readonly RowAttributes[];
}

/**
 * Returns the value of a text of JSON, a row or the attributes of a JSON column. Whole numbers past
 * 2^53 keep their digits.
 */
export function parseRow(text: string): unknown {
  if (!mayHoldExact(text)) return JSON.parse(text);
  return JSON.parse(text, (_name, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && WHOLE_NUMBER.test(source)
      ? JSON.rawJSON(source)
      : value,
  );
}

/**
 * Returns the span of a row. A kind or status that OpenTelemetry does not know is the unset one;
 * the names that the Collector's exporter wrote until 2024 (`SPAN_KIND_CLIENT`) are read as well.
 */
export function spanFromRow(row: SpanRow): Span {
  return {
    traceId: row.TraceId,
    spanId: row.SpanId,
    parentSpanId: row.ParentSpanId,
    traceState: row.TraceState,
    name: row.SpanName,
    kind: spanKindOf(row.SpanKind) ?? 'Unspecified',
    serviceName: row.ServiceName,
    startEpochNs: BigInt(row.StartNs),
    durationNs: BigInt.asIntN(64, BigInt(row.DurationNs)),
    status: spanStatusOf(row.StatusCode) ?? 'Unset',
    statusMessage: row.StatusMessage,
    resourceAttributes: attributesFromRow(row.ResourceAttributes),
    attributes: attributesFromRow(row.SpanAttributes),
    scopeName: row.ScopeName,
    scopeVersion: row.ScopeVersion,
    events: row.EventNs.map((epochNs, index): SpanEvent => ({
      epochNs: BigInt(epochNs),
      name: row.EventNames[index] ?? '',
      attributes: attributesFromRow(row.EventAttributes[index] ?? {}),
    })),
    links: row.LinkTraceIds.map((traceId, index): SpanLink => ({
      traceId,
      spanId: row.LinkSpanIds[index] ?? '',
      traceState: row.LinkTraceStates[index] ?? '',
      attributes: attributesFromRow(row.LinkAttributes[index] ?? {}),
    })),
  };
}

/** Returns attributes as texts by their whole names (`http.method`), whatever the column was. */
export function attributesFromRow(row: RowAttributes): Attributes {
  const found: Record<string, string> = {};
  const add = (name: string, value: unknown): void => {
    if (typeof value === 'string') found[name] = value;
    else if (isExactNumber(value)) found[name] = value.rawJSON;
    else if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      found[name] = JSON.stringify(value);
    } else for (const [part, below] of Object.entries(value)) add(`${name}.${part}`, below);
  };
  for (const [name, value] of Object.entries(row)) add(name, value);
  return found;
}
