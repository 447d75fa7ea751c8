import {
  SPAN_KINDS,
  SPAN_STATUSES,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanKind,
  type SpanLink,
  type SpanStatus,
} from '../../core/index.ts';
import { column } from '../native/block.ts';
import { array, attributes, bigUint64, dateTime64, string } from '../native/codec.ts';
import type { Table } from './table.ts';

/** The 22 columns that the Collector's exporter names too. */
export const SPAN_TABLE: Table<Span> = {
  name: 'otel_traces',
  columns: [
    column('Timestamp', dateTime64, (span) => span.startEpochNs),
    column('TraceId', string, (span) => span.traceId),
    column('SpanId', string, (span) => span.spanId),
    column('ParentSpanId', string, (span) => span.parentSpanId),
    column('TraceState', string, (span) => span.traceState),
    column('SpanName', string, (span) => span.name),
    column('SpanKind', string, (span) => span.kind),
    column('ServiceName', string, (span) => span.serviceName),
    column('ResourceAttributes', attributes, (span) => span.resourceAttributes),
    column('ScopeName', string, (span) => span.scopeName),
    column('ScopeVersion', string, (span) => span.scopeVersion),
    column('SpanAttributes', attributes, (span) => span.attributes),
    column('Duration', bigUint64, (span) =>
      span.durationNs > 0n ? BigInt.asUintN(64, span.durationNs) : 0n,
    ),
    column('StatusCode', string, (span) => span.status),
    column('StatusMessage', string, (span) => span.statusMessage),
    column('Events.Timestamp', array(dateTime64), (span) =>
      span.events.map((e) => BigInt.asIntN(64, e.epochNs)),
    ),
    column('Events.Name', array(string), (span) => span.events.map((e) => e.name)),
    column('Events.Attributes', array(attributes), (span) => span.events.map((e) => e.attributes)),
    column('Links.TraceId', array(string), (span) => span.links.map((l) => l.traceId)),
    column('Links.SpanId', array(string), (span) => span.links.map((l) => l.spanId)),
    column('Links.TraceState', array(string), (span) => span.links.map((l) => l.traceState)),
    column('Links.Attributes', array(attributes), (span) => span.links.map((l) => l.attributes)),
  ],
};

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
  readonly ResourceAttributes: Attributes;
  readonly SpanAttributes: Attributes;
  readonly ScopeName: string;
  readonly ScopeVersion: string;
  readonly EventNs: readonly string[];
  readonly EventNames: readonly string[];
  readonly EventAttributes: readonly Attributes[];
  readonly LinkTraceIds: readonly string[];
  readonly LinkSpanIds: readonly string[];
  readonly LinkTraceStates: readonly string[];
  readonly LinkAttributes: readonly Attributes[];
}

/** Returns the span of a row. A kind or status that OpenTelemetry does not know is the unset one. */
export function spanFromRow(row: SpanRow): Span {
  return {
    traceId: row.TraceId,
    spanId: row.SpanId,
    parentSpanId: row.ParentSpanId,
    traceState: row.TraceState,
    name: row.SpanName,
    kind: spanKind(row.SpanKind),
    serviceName: row.ServiceName,
    startEpochNs: BigInt(row.StartNs),
    durationNs: BigInt(row.DurationNs),
    status: spanStatus(row.StatusCode),
    statusMessage: row.StatusMessage,
    resourceAttributes: row.ResourceAttributes,
    attributes: row.SpanAttributes,
    scopeName: row.ScopeName,
    scopeVersion: row.ScopeVersion,
    events: row.EventNs.map((epochNs, index): SpanEvent => ({
      epochNs: BigInt(epochNs),
      name: row.EventNames[index] ?? '',
      attributes: row.EventAttributes[index] ?? {},
    })),
    links: row.LinkTraceIds.map((traceId, index): SpanLink => ({
      traceId,
      spanId: row.LinkSpanIds[index] ?? '',
      traceState: row.LinkTraceStates[index] ?? '',
      attributes: row.LinkAttributes[index] ?? {},
    })),
  };
}

function spanKind(text: string): SpanKind {
  return SPAN_KINDS.find((kind) => kind === text) ?? 'Unspecified';
}

function spanStatus(text: string): SpanStatus {
  return SPAN_STATUSES.find((status) => status === text) ?? 'Unset';
}
