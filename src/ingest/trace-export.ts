import {
  SPAN_KINDS,
  SPAN_STATUSES,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '../core/index.ts';
import { emptyAttributes, type AttributeMap } from './otlp-value.ts';
import { refuseTooHeavy, SharedWeight } from './shared-weight.ts';

/** Returns why a span cannot be stored, though it is well formed; undefined where it can be. */
export type SpanCheck = (span: Span) => string | undefined;

export interface DecodeOptions {
  /** Most spans, events, links and attribute values of one request, together. */
  readonly maxItems: number;
  /**
   * Asked for every span that is well formed; absent where all of those can be stored, 'later'
   * where each is handed to {@link TraceExport.take} of another export.
   */
  readonly rejectionOf?: SpanCheck | 'later' | undefined;
}

/** Hears of what was not as it should be, and was understood, or left out, all the same. */
export interface Remarks {
  remark(text: string): void;
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
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/u;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/u;
const NO_PARENT = /^0*$/u;
/** Longest piece of a client's text that is sent back to it. */
const MAX_QUOTE_LENGTH = 64;

/**
 * What one export request holds, gathered while it is read: the spans to store, how many cannot be
 * stored, and how many values were not as they should be. Both wire forms end here, the only place
 * that maps OTLP to core's Span.
 */
export class TraceExport implements Remarks {
  readonly spans: Span[] = [];
  rejectedSpans = 0;
  /** Why the first of the rejected spans was; '' where there is none. */
  rejection = '';
  remarks = 0;
  /** The first remark; '' where there is none. */
  firstRemark = '';
  readonly #rejectionOf: SpanCheck | 'later' | undefined;
  readonly #shared = new SharedWeight();

  constructor(rejectionOf?: SpanCheck | 'later') {
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
    const stored = coreSpan(span, origin);
    if (this.#rejectionOf === 'later') this.spans.push(stored);
    else this.take(stored);
  }

  /** Takes a well-formed span in, or counts it as rejected where it cannot be stored. */
  take(span: Span): void {
    const rejection = this.#rejectionOf === 'later' ? undefined : this.#rejectionOf?.(span);
    if (rejection !== undefined) {
      this.reject(span.name, rejection);
      return;
    }
    this.spans.push(span);
    const { name, startEpochNs, durationNs } = span;
    if (durationNs >= 0n) return;
    const what = startEpochNs + durationNs === 0n ? 'has no end time' : 'ends before it begins';
    this.remark(`span ${quoted(name)} ${what}, so that its duration is in no number`);
  }

  /** Counts a span that is not taken, by its name; undefined where `why` names the place. */
  reject(name: string | undefined, why: string): void {
    this.rejectedSpans++;
    if (this.rejection !== '') return;
    this.rejection = name === undefined ? why : `span ${quoted(name)}: ${why}`;
  }

  remark(text: string): void {
    this.remarks++;
    if (this.firstRemark === '') this.firstRemark = text;
  }

  /** Returns what the client and the user should know of the request; '' for nothing. */
  get message(): string {
    const others = this.remarks > 1 ? ` (and ${this.remarks - 1} more like it)` : '';
    const remark = this.remarks === 0 ? [] : [`taken as it is: ${this.firstRemark}${others}`];
    return [...(this.rejection === '' ? [] : [this.rejection]), ...remark].join('; ');
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

function malformation(span: OtlpSpan): string | undefined {
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

/** Returns a value of a client as it is shown in a message: short, and of a structure its kind. */
export function shown(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? quoted(value) : (scalarText(value) ?? typeof value);
}

/** Returns how a number or a boolean is written; undefined for anything else. */
export function scalarText(value: unknown): string | undefined {
  const isScalar =
    typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
  return isScalar ? String(value) : undefined;
}

function quoted(text: string): string {
  const long = text.length > MAX_QUOTE_LENGTH;
  return `'${(long ? `${text.slice(0, MAX_QUOTE_LENGTH)}...` : text).toWellFormed()}'`;
}
