import { errorText, InvariantError, type SpanEvent, type SpanLink } from '../core/index.ts';
import { ItemLimit } from './item-limit.ts';
import { emptyAttributes, type AttributeMap } from './otlp-value.ts';
import { readAttribute } from './protobuf-attributes.ts';
import { BYTES, FIXED64, ProtobufReader, VARINT } from './protobuf-reader.ts';
import { Refusal } from './refusal.ts';
import { emptySpan, serviceNameOf, TraceExport, type OtlpSpan } from './trace-export.ts';

/**
 * Reads an `ExportTraceServiceRequest` from protobuf. Fields that are not needed are passed over
 * unread, also those of later versions.
 *
 * The fields are read by hand instead of through protobufjs' message classes: values become text at
 * once, without an object for every attribute. `case` labels are wire tags, written
 * `field << 3 | wire type`, so that a known field of a wrong wire type counts as an unknown one.
 *
 * @throws Refusal 400 where the bytes are no such message, 413 where it holds too many items.
 */
export function decodeProtobuf(body: Buffer, maxItems: number): TraceExport {
  const reader = new ProtobufReader(body, new ItemLimit(maxItems));
  const into = new TraceExport();
  try {
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | BYTES)) readResourceSpans(reader, into);
      else reader.pass(tag);
    }
  } catch (error) {
    if (error instanceof Refusal || error instanceof InvariantError) throw error;
    throw new Refusal(400, `the body is no protobuf trace export: ${errorText(error)}`, error);
  }
  return into;
}

/** The resource may stand behind its spans: their places are noted, and read when it is known. */
function readResourceSpans(reader: ProtobufReader, into: TraceExport): void {
  reader.items.count();
  const outer = reader.enter();
  const resourceAttributes = emptyAttributes();
  const scopePlaces: number[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) readResource(reader, resourceAttributes);
    else {
      if (tag === ((2 << 3) | BYTES)) scopePlaces.push(reader.place());
      reader.pass(tag);
    }
  }
  for (const place of scopePlaces) {
    reader.pos = place;
    readScopeSpans(reader, resourceAttributes, into);
  }
  reader.leave(outer);
}

function readResource(reader: ProtobufReader, into: AttributeMap): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) readAttribute(reader, into);
    else reader.pass(tag);
  }
  reader.leave(outer);
}

function readScopeSpans(
  reader: ProtobufReader,
  resourceAttributes: AttributeMap,
  into: TraceExport,
): void {
  const outer = reader.enter();
  const serviceName = serviceNameOf(resourceAttributes);
  const origin = { serviceName, resourceAttributes, scopeName: '', scopeVersion: '' };
  const spanPlaces: number[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) readScope(reader, origin);
    else {
      if (tag === ((2 << 3) | BYTES)) spanPlaces.push(reader.place());
      reader.pass(tag);
    }
  }
  for (const place of spanPlaces) {
    reader.pos = place;
    into.add(readSpan(reader), origin);
  }
  reader.leave(outer);
}

function readScope(
  reader: ProtobufReader,
  into: { scopeName: string; scopeVersion: string },
): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) into.scopeName = reader.string();
    else if (tag === ((2 << 3) | BYTES)) into.scopeVersion = reader.string();
    else reader.pass(tag);
  }
  reader.leave(outer);
}

function readSpan(reader: ProtobufReader): OtlpSpan {
  const outer = reader.enter();
  const span = emptySpan();
  while (reader.more()) readSpanField(reader, reader.tag(), span);
  reader.leave(outer);
  return span;
}

function readSpanField(reader: ProtobufReader, tag: number, into: OtlpSpan): void {
  switch (tag) {
    case (1 << 3) | BYTES:
      into.traceId = reader.hex();
      break;
    case (2 << 3) | BYTES:
      into.spanId = reader.hex();
      break;
    case (3 << 3) | BYTES:
      into.traceState = reader.string();
      break;
    case (4 << 3) | BYTES:
      into.parentSpanId = reader.hex();
      break;
    case (5 << 3) | BYTES:
      into.name = reader.string();
      break;
    case (6 << 3) | VARINT:
      into.kind = reader.int32();
      break;
    case (7 << 3) | FIXED64:
      into.startEpochNs = reader.epochNs();
      break;
    case (8 << 3) | FIXED64:
      into.endEpochNs = reader.epochNs();
      break;
    case (9 << 3) | BYTES:
      readAttribute(reader, into.attributes);
      break;
    case (11 << 3) | BYTES:
      into.events.push(readEvent(reader));
      break;
    case (13 << 3) | BYTES:
      into.links.push(readLink(reader));
      break;
    case (15 << 3) | BYTES:
      readStatus(reader, into);
      break;
    default:
      reader.pass(tag);
  }
}

function readEvent(reader: ProtobufReader): SpanEvent {
  reader.items.count();
  const outer = reader.enter();
  const event = { epochNs: 0n, name: '', attributes: emptyAttributes() };
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | FIXED64)) event.epochNs = reader.epochNs();
    else if (tag === ((2 << 3) | BYTES)) event.name = reader.string();
    else if (tag === ((3 << 3) | BYTES)) readAttribute(reader, event.attributes);
    else reader.pass(tag);
  }
  reader.leave(outer);
  return event;
}

function readLink(reader: ProtobufReader): SpanLink {
  reader.items.count();
  const outer = reader.enter();
  const link = { traceId: '', spanId: '', traceState: '', attributes: emptyAttributes() };
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) link.traceId = reader.hex();
    else if (tag === ((2 << 3) | BYTES)) link.spanId = reader.hex();
    else if (tag === ((3 << 3) | BYTES)) link.traceState = reader.string();
    else if (tag === ((4 << 3) | BYTES)) readAttribute(reader, link.attributes);
    else reader.pass(tag);
  }
  reader.leave(outer);
  return link;
}

function readStatus(reader: ProtobufReader, into: OtlpSpan): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((2 << 3) | BYTES)) into.statusMessage = reader.string();
    else if (tag === ((3 << 3) | VARINT)) into.statusCode = reader.int32();
    else reader.pass(tag);
  }
  reader.leave(outer);
}
