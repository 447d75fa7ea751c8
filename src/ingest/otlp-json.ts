import { type SpanEvent, type SpanLink } from '../core/index.ts';
import { ItemLimit } from './item-limit.ts';
import { readAttributes } from './json-attributes.ts';
import { isObject, JsonObject, mismatch, parseJson } from './json-object.ts';
import {
  serviceNameOf,
  SpanRejection,
  TraceExport,
  type DecodeOptions,
  type OtlpSpan,
  type SpanOrigin,
} from './trace-export.ts';

/** Enum names that some exporters write; OTLP wants the integers. The index is the number. */
const KIND_NAMES = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const STATUS_NAMES = ['UNSET', 'OK', 'ERROR'];
/** The groups of a resource's spans: as they are called since 2022, and before. */
const GROUPS = ['scopeSpans', 'instrumentationLibrarySpans'] as const;

/**
 * Reads an `ExportTraceServiceRequest` from OTLP's JSON: ids in hex of either case, 64-bit whole
 * numbers as text or number, enums as integers or by name. Fields not known are ignored.
 *
 * What older exporters and other encoders of the same messages write is understood too: the names
 * of the .proto file and of Go, `instrumentationLibrarySpans`, ids in base64. A span that cannot be
 * read is rejected by itself.
 *
 * @throws Refusal 400 where the bytes are no such message (the text names the field), 413 where it
 * holds too many items.
 */
export function decodeJson(body: Buffer, options: DecodeOptions): TraceExport {
  const items = new ItemLimit(options.maxItems);
  const into = new TraceExport(options.rejectionOf);
  const request = parseJson(body, { maxItems: options.maxItems, remarks: into });
  request.remarkUnread(['resourceSpans']);
  request.items('resourceSpans');
  for (const resourceSpans of request.objects('resourceSpans')) {
    const resource = resourceSpans.object('resource');
    const resourceAttributes = readAttributes(resource, items);
    const serviceName = serviceNameOf(resourceAttributes);
    resourceSpans.remarkUnread(['resource', ...GROUPS]);
    // Some exporters of 2022 sent both, with the same spans.
    const name = GROUPS.find((group) => isFilled(resourceSpans.value(group))) ?? GROUPS[0];
    if (!isList(resourceSpans, name, into)) continue;
    for (const scopeSpans of resourceSpans.objects(name)) {
      const isLegacy = scopeSpans.value('scope') === undefined;
      const scope = scopeSpans.object(isLegacy ? 'instrumentationLibrary' : 'scope');
      const origin = {
        serviceName,
        resourceAttributes,
        scopeName: scope.text('name'),
        scopeVersion: scope.text('version'),
      };
      scopeSpans.remarkUnread(['scope', 'instrumentationLibrary', 'spans']);
      if (!isList(scopeSpans, 'spans', into)) continue;
      const location = `${scopeSpans.location('spans')}[]`;
      for (const span of scopeSpans.items('spans'))
        addSpan(span, { location, items, into, origin });
    }
  }
  return into;
}

function isFilled(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** What should be a list of spans, or of groups of them, and is none, is one span that is lost. */
function isList(json: JsonObject, name: string, into: TraceExport): boolean {
  const value = json.value(name) ?? [];
  if (Array.isArray(value)) return true;
  into.reject(undefined, mismatch(json.location(name), 'an array', value));
  return false;
}

interface SpanContext {
  readonly location: string;
  readonly items: ItemLimit;
  readonly into: TraceExport;
  readonly origin: SpanOrigin;
}

function addSpan(value: unknown, { location, items, into, origin }: SpanContext): void {
  items.count();
  if (!isObject(value)) {
    into.reject(undefined, mismatch(location, 'an object', value));
    return;
  }
  const json = new JsonObject(value, location, into);
  try {
    into.add(readSpan(json, items), origin);
  } catch (error) {
    if (!(error instanceof SpanRejection)) throw error;
    const name = json.value('name');
    into.reject(typeof name === 'string' ? name : '', error.message);
  }
}

function readSpan(json: JsonObject, items: ItemLimit): OtlpSpan {
  const status = json.object('status');
  return {
    traceId: json.id('traceId', 16),
    spanId: json.id('spanId', 8),
    parentSpanId: json.id('parentSpanId', 8),
    traceState: json.text('traceState'),
    name: json.text('name'),
    kind: json.enum('kind', 'SPAN_KIND_', KIND_NAMES),
    startEpochNs: json.epochNs('startTimeUnixNano'),
    endEpochNs: json.epochNs('endTimeUnixNano'),
    attributes: readAttributes(json, items),
    events: json.objects('events').map((event) => readEvent(event, items)),
    links: json.objects('links').map((link) => readLink(link, items)),
    statusCode: status.enum('code', 'STATUS_CODE_', STATUS_NAMES),
    statusMessage: status.text('message'),
  };
}

function readEvent(json: JsonObject, items: ItemLimit): SpanEvent {
  items.count();
  return {
    epochNs: json.epochNs('timeUnixNano'),
    name: json.text('name'),
    attributes: readAttributes(json, items),
  };
}

function readLink(json: JsonObject, items: ItemLimit): SpanLink {
  items.count();
  return {
    traceId: json.id('traceId', 16),
    spanId: json.id('spanId', 8),
    traceState: json.text('traceState'),
    attributes: readAttributes(json, items),
  };
}
