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

/**
 * Returns the kind that a text names: in any case, by OpenTelemetry's long names
 * (`SPAN_KIND_CLIENT`) or its numbers; undefined for anything else.
 */
export function spanKindOf(text: string): SpanKind | undefined {
  const name = text.toLowerCase().replace('span_kind_', '');
  return /^[0-5]$/u.test(name)
    ? SPAN_KINDS[Number(name)]
    : SPAN_KINDS.find((kind) => kind.toLowerCase() === name);
}

/**
 * Returns the status that a text names: in any case, by OpenTelemetry's long names
 * (`STATUS_CODE_ERROR`) or its numbers; undefined for anything else.
 */
export function spanStatusOf(text: string): SpanStatus | undefined {
  const name = text.toLowerCase().replace('status_code_', '');
  return /^[0-2]$/u.test(name)
    ? SPAN_STATUSES[Number(name)]
    : SPAN_STATUSES.find((status) => status.toLowerCase() === name);
}

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
