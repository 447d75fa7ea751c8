import type {
  AttributeValue,
  Attributes as OtelAttributes,
  HrTime,
  Link,
} from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import {
  SPAN_KINDS,
  SPAN_STATUSES,
  type Attributes,
  type Span,
  type SpanLink,
} from '../../core/index.ts';

/**
 * Returns a finished span of the SDK as core's Span. Attribute values become text: numbers and
 * booleans printed, arrays as JSON. The resource's attributes are the caller's, made text once.
 */
export function coreSpan(span: ReadableSpan, resourceAttributes: Attributes): Span {
  const { traceId, spanId, traceState } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? '',
    traceState: traceState?.serialize() ?? '',
    name: span.name,
    // The API leaves out "unspecified" and counts from Internal.
    kind: SPAN_KINDS[span.kind + 1] ?? 'Unspecified',
    serviceName: resourceAttributes['service.name'] ?? '',
    startEpochNs: nanoseconds(span.startTime),
    durationNs: nanoseconds(span.duration),
    status: SPAN_STATUSES[span.status.code] ?? 'Unset',
    statusMessage: span.status.message ?? '',
    resourceAttributes,
    attributes: textAttributes(span.attributes),
    scopeName: span.instrumentationScope.name,
    scopeVersion: span.instrumentationScope.version ?? '',
    events: span.events.map((event) => ({
      epochNs: nanoseconds(event.time),
      name: event.name,
      attributes: textAttributes(event.attributes),
    })),
    links: span.links.map(coreLink),
  };
}

/** Returns attributes with every value as text. */
export function textAttributes(attributes: OtelAttributes = {}): Attributes {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) texts[key] = valueText(value);
  }
  return texts;
}

function coreLink({ context, attributes }: Link): SpanLink {
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    traceState: context.traceState?.serialize() ?? '',
    attributes: textAttributes(attributes),
  };
}

function valueText(value: AttributeValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function nanoseconds([sec, ns]: HrTime): bigint {
  return BigInt(sec) * 1_000_000_000n + BigInt(ns);
}
