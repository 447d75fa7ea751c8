import {
  SPAN_KINDS,
  SPAN_STATUSES,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '../core/index.ts';
import { emptyAttributes, type AttributeMap } from './otlp-value.ts';

/** A span as both wire forms are read: attribute values are text already, ids lower-case hex. */
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  /** As on the wire: an index into SPAN_KINDS, or a number that came with a later version. */
  kind: number;
  startEpochNs: bigint;
  endEpochNs: bigint;
  readonly attributes: AttributeMap;
  readonly events: SpanEvent[];
  readonly links: SpanLink[];
  /** As on the wire: an index into SPAN_STATUSES, or a number that came with a later version. */
  statusCode: number;
  statusMessage: string;
}

/** Who made a group of spans: the resource and the instrumentation scope around them. */
export interface SpanOrigin {
  readonly serviceName: string;
  readonly resourceAttributes: Attributes;
  readonly scopeName: string;
  readonly scopeVersion: string;
}

/** The end of what a ClickHouse DateTime64(9) holds: 2262 in ns since the epoch. */
const MAX_EPOCH_NS = 2n ** 63n - 1n;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/u;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/u;
const NO_PARENT = /^0*$/u;
/** Longest piece of a client's text that is sent back to it. */
const MAX_QUOTE_LENGTH = 64;

/**
 * What one export request holds, gathered while it is read: the spans to store, and how many of
 * them no store could hold. Both wire forms end here, the only place that maps OTLP to core's Span.
 */
export class TraceExport {
  readonly spans: Span[] = [];
  rejectedSpans = 0;
  /** Why the first of the rejected spans was; '' where there is none. */
  rejection = '';

  /** Takes a span in, or counts it as rejected and remembers why. */
  add(span: OtlpSpan, origin: SpanOrigin): void {
    const rejection = rejectionOf(span);
    if (rejection === undefined) {
      this.spans.push(coreSpan(span, origin));
      return;
    }
    this.rejectedSpans++;
    if (this.rejection === '') this.rejection = `span ${quoted(span.name)}: ${rejection}`;
  }
}

/** Returns a span with nothing in it, for a decoder to fill. */
export function emptySpan(): OtlpSpan {
  return {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    name: '',
    kind: 0,
    startEpochNs: 0n,
    endEpochNs: 0n,
    attributes: emptyAttributes(),
    events: [],
    links: [],
    statusCode: 0,
    statusMessage: '',
  };
}

/** Returns the resource's service; `unknown_service`, OpenTelemetry's word, where it names none. */
export function serviceNameOf(resourceAttributes: Attributes): string {
  const name = resourceAttributes['service.name'] ?? '';
  return name === '' ? 'unknown_service' : name;
}

function rejectionOf(span: OtlpSpan): string | undefined {
  const { traceId, spanId, parentSpanId, events } = span;
  if (!TRACE_ID.test(traceId)) return `trace id ${quoted(traceId)} is not 16 bytes, not all 0`;
  if (!SPAN_ID.test(spanId)) return `span id ${quoted(spanId)} is not 8 bytes, not all 0`;
  if (!NO_PARENT.test(parentSpanId) && !SPAN_ID.test(parentSpanId)) {
    return `parent span id ${quoted(parentSpanId)} is not 8 bytes`;
  }
  const inRange =
    span.startEpochNs <= MAX_EPOCH_NS &&
    span.endEpochNs <= MAX_EPOCH_NS &&
    events.every((event) => event.epochNs <= MAX_EPOCH_NS);
  return inRange ? undefined : 'one of its times is past the year 2262';
}

function coreSpan(span: OtlpSpan, origin: SpanOrigin): Span {
  const { startEpochNs, endEpochNs, parentSpanId } = span;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: NO_PARENT.test(parentSpanId) ? '' : parentSpanId,
    traceState: span.traceState,
    name: span.name,
    kind: SPAN_KINDS[span.kind] ?? 'Unspecified',
    serviceName: origin.serviceName,
    startEpochNs,
    // A clock that was set back during the span: its length is not known, and none is made up.
    durationNs: endEpochNs > startEpochNs ? endEpochNs - startEpochNs : 0n,
    status: SPAN_STATUSES[span.statusCode] ?? 'Unset',
    statusMessage: span.statusMessage,
    resourceAttributes: origin.resourceAttributes,
    attributes: span.attributes,
    scopeName: origin.scopeName,
    scopeVersion: origin.scopeVersion,
    events: span.events,
    links: span.links,
  };
}

function quoted(text: string): string {
  return text.length > MAX_QUOTE_LENGTH ? `'${text.slice(0, MAX_QUOTE_LENGTH)}...'` : `'${text}'`;
}
