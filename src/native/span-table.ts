import type { Span } from '../core/index.ts';
import { column, type Table } from './block.ts';
import { array, attributes, bigUint64, dateTime64, string } from './codec.ts';

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
    // What ends before it starts is stored as the Collector does: 2^64 minus the difference.
    column('Duration', bigUint64, (span) => BigInt.asUintN(64, span.durationNs)),
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

/** Spans as rows of their table, in the Native format. */
export interface SpanBlock {
  readonly rows: number;
  readonly bytes: Buffer<ArrayBuffer>;
}
