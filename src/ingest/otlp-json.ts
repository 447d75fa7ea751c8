import { type SpanEvent, type SpanLink } from '../core/index.ts';
import { ItemLimit } from './item-limit.ts';
import { readAttributes } from './json-attributes.ts';
import { JsonObject, parseJson } from './json-object.ts';
import { serviceNameOf, TraceExport, type OtlpSpan } from './trace-export.ts';

/** Enum names that some exporters write; OTLP wants the integers. The index is the number. */
const KIND_NAMES = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (name) => `SPAN_KIND_${name}`,
);
const STATUS_NAMES = ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`);

/**
 * Reads an `ExportTraceServiceRequest` from OTLP's JSON: ids in hex of either case, 64-bit whole
 * numbers as text or number, enums as integers or by name. Fields not known are ignored.
 *
 * @throws Refusal 400 where the bytes are no such message (the text names the field), 413 where it
 * holds too many items.
 */
export function decodeJson(body: Buffer, maxItems: number): TraceExport {
  const items = new ItemLimit(maxItems);
  const into = new TraceExport();
  for (const resourceSpans of parseJson(body).objects('resourceSpans')) {
    const resource = resourceSpans.object('resource');
    const resourceAttributes = readAttributes(resource, items);
    const serviceName = serviceNameOf(resourceAttributes);
    for (const scopeSpans of resourceSpans.objects('scopeSpans')) {
      const scope = scopeSpans.object('scope');
      const origin = {
        serviceName,
        resourceAttributes,
        scopeName: scope.text('name'),
        scopeVersion: scope.text('version'),
      };
      for (const span of scopeSpans.objects('spans')) into.add(readSpan(span, items), origin);
    }
  }
  return into;
}

function readSpan(json: JsonObject, items: ItemLimit): OtlpSpan {
  items.count();
  const status = json.object('status');
  return {
    traceId: json.text('traceId').toLowerCase(),
    spanId: json.text('spanId').toLowerCase(),
    parentSpanId: json.text('parentSpanId').toLowerCase(),
    traceState: json.text('traceState'),
    name: json.text('name'),
    kind: json.enum('kind', KIND_NAMES),
    startEpochNs: json.unsigned('startTimeUnixNano'),
    endEpochNs: json.unsigned('endTimeUnixNano'),
    attributes: readAttributes(json, items),
    events: json.objects('events').map((event) => readEvent(event, items)),
    links: json.objects('links').map((link) => readLink(link, items)),
    statusCode: status.enum('code', STATUS_NAMES),
    statusMessage: status.text('message'),
  };
}

function readEvent(json: JsonObject, items: ItemLimit): SpanEvent {
  items.count();
  return {
    epochNs: json.unsigned('timeUnixNano'),
    name: json.text('name'),
    attributes: readAttributes(json, items),
  };
}

function readLink(json: JsonObject, items: ItemLimit): SpanLink {
  items.count();
  return {
    traceId: json.text('traceId').toLowerCase(),
    spanId: json.text('spanId').toLowerCase(),
    traceState: json.text('traceState'),
    attributes: readAttributes(json, items),
  };
}
