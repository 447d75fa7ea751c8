import {
  SPAN_KINDS,
  SPAN_STATUSES,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '../core/index.ts';
import { ExportNotes, quoted } from './export-notes.ts';
import { emptyAttributes, type AttributeMap } from './otlp-value.ts';
import { refuseTooHeavy, SharedWeight } from './shared-weight.ts';

/**
 * Returns why no span that begins then can be stored; undefined where one can be, and all others
 * that begin on the same day.
 */
export type StartCheck = (startEpochNs: bigint) => string | undefined;

export interface DecodeOptions {
  /** Most spans, events, links and attribute values of one request, together. */
  readonly maxItems: number;
  /** Asked for every span that is well formed; absent where all of those can be stored. */
  readonly rejectionOf?: StartCheck | undefined;
}

/** Why one span cannot be read; the others of its request can. */
export class SpanRejection extends Error {
  override readonly name = 'SpanRejection';
}

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
export const TOO_LATE = 'one of its times is past the year 2262';
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/u;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/u;
const NO_PARENT = /^0*$/u;
/** What one request in JSON holds, gathered while it is read: the spans to store, and the notes. */
export class TraceExport extends ExportNotes {
  readonly spans: Span[] = [];
  readonly #rejectionOf: StartCheck | undefined;
  readonly #shared = new SharedWeight();

  constructor(rejectionOf?: StartCheck) {
    super();
    this.#rejectionOf = rejectionOf;
  }

  /**
   * Takes a span in, or counts it as rejected and remembers why.
   * @throws Refusal 413 where what the spans share is too much for so many of them
   */
  add(span: OtlpSpan, origin: SpanOrigin): void {
    const malformed = malformation(span);
    if (malformed !== undefined) {
      this.reject(span.name, malformed);
      return;
    }
    refuseTooHeavy(this.#shared.add(origin));
    const taken = coreSpan(span, origin);
    const rejection = this.#rejectionOf?.(taken.startEpochNs);
    if (rejection !== undefined) {
      this.reject(span.name, rejection);
      return;
    }
    this.spans.push(taken);
    if (taken.durationNs < 0n) this.remarkEnd(span.name, span.endEpochNs !== 0n);
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

/** OpenTelemetry's word for a service whose resource has no name. */
export const UNKNOWN_SERVICE = 'unknown_service';

/** Returns the resource's service. */
export function serviceNameOf(resourceAttributes: Attributes): string {
  const name = resourceAttributes['service.name'] ?? '';
  return name === '' ? UNKNOWN_SERVICE : name;
}

/** Returns why a span is not well formed; undefined where it is. */
export function malformation(span: OtlpSpan): string | undefined {
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
  return inRange ? undefined : TOO_LATE;
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
    // Negative where a clock was set back, as the Collector stores it: it is counted as invalid.
    durationNs: endEpochNs - startEpochNs,
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
