/** The kinds of OpenTelemetry, spelt as the Collector's ClickHouse exporter writes them. */
export const SPAN_KINDS = [
  'Unspecified',
  'Internal',
  'Server',
  'Client',
  'Producer',
  'Consumer',
] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

export const SPAN_STATUSES = ['Unset', 'Ok', 'Error'] as const;
export type SpanStatus = (typeof SPAN_STATUSES)[number];

/** Attributes as the store keeps them: every value is text. */
export type Attributes = Readonly<Record<string, string>>;

export interface SpanEvent {
  readonly epochNs: bigint;
  readonly name: string;
  readonly attributes: Attributes;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: Attributes;
}

/**
 * One finished span, ours or a service's. Ids are lower-case hex (32 and 16 digits);
 * `parentSpanId` is empty for a root. `durationNs` is negative for a span that ends before it
 * starts: see {@link hasValidTimes}.
 */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly serviceName: string;
  readonly startEpochNs: bigint;
  readonly durationNs: bigint;
  readonly status: SpanStatus;
  readonly statusMessage: string;
  readonly resourceAttributes: Attributes;
  readonly attributes: Attributes;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
}

/**
 * Returns whether a span has a start, and an end that is no earlier. One that has not is kept and
 * shown, and takes no part where durations do: a clock was set back, or a tracer was at fault.
 */
export function hasValidTimes({ startEpochNs, durationNs }: Span): boolean {
  return startEpochNs > 0n && durationNs >= 0n;
}
