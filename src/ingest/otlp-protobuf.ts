import { errorText, InvariantError, type SpanEvent, type SpanLink } from '../core/index.ts';
import { ItemLimit } from './item-limit.ts';
import { emptyAttributes, type AttributeMap } from './otlp-value.ts';
import { readAttribute } from './protobuf-attributes.ts';
import { BYTES, FIXED64, ProtobufReader, VARINT } from './protobuf-reader.ts';
import { Refusal } from './refusal.ts';
import {
  emptySpan,
  serviceNameOf,
  TraceExport,
  type DecodeOptions,
  type OtlpSpan,
  type SpanOrigin,
} from './trace-export.ts';

/**
 * Reads an `ExportTraceServiceRequest` from protobuf. Fields that are not needed are passed over
 * unread, also those of later versions.
 *
 * The fields are read by hand instead of through protobufjs' message classes: values become text at
 * once, without an object for every attribute. `case` labels are wire tags, written
 * `field << 3 | wire type`, so that a known field of a wrong wire type counts as an unknown one.
 *
 * A span whose bytes make no sense is rejected by itself: where it ends is known before it is read.
 *
 * @throws Refusal 400 where the bytes are no such message, 413 where it holds too many items.
 */
export function decodeProtobuf(body: Buffer, options: DecodeOptions): TraceExport {
  const into = new TraceExport(options.rejectionOf);
  const reader = new ProtobufReader(body, new ItemLimit(options.maxItems), into);
  try {
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | BYTES)) readResourceSpans(reader, into);
      else reader.pass(tag);
    }
  } catch (error) {
    if (error instanceof Refusal || error instanceof InvariantError) throw error;
    throw new Refusal(
      'message',
      `the body is no protobuf trace export: ${errorText(error)}`,
      error,
    );
  }
  return into;
}

/**
 * `instrumentation_library_spans` of OTLP 0.15 to 0.18, read alike. Some exporters of 2022 sent
 * both, with the same spans.
 */
const LEGACY_GROUP = (1000 << 3) | BYTES;

/** The resource may come behind its spans: their offsets are noted, and read once it is known. */
function readResourceSpans(reader: ProtobufReader, into: TraceExport): void {
  reader.items.count();
  const outer = reader.enter();
  const resourceAttributes = emptyAttributes();
  const scopeOffsets: number[] = [];
  const legacyOffsets: number[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) readResource(reader, resourceAttributes);
    else {
      if (tag === ((2 << 3) | BYTES)) scopeOffsets.push(reader.noteOffset());
      if (tag === LEGACY_GROUP) legacyOffsets.push(reader.noteOffset());
      reader.pass(tag);
    }
  }
  for (const offset of scopeOffsets.length > 0 ? scopeOffsets : legacyOffsets) {
    reader.pos = offset;
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
  const spanOffsets: number[] = [];
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) readScope(reader, origin);
    else {
      if (tag === ((2 << 3) | BYTES)) spanOffsets.push(reader.noteOffset());
      reader.pass(tag);
    }
  }
  for (const offset of spanOffsets) {
    reader.pos = offset;
    addSpan(reader, origin, into);
  }
  reader.leave(outer);
}

function addSpan(reader: ProtobufReader, origin: SpanOrigin, into: TraceExport): void {
  const scopeEnd = reader.len;
  const span = emptySpan();
  try {
    readSpan(reader, span);
  } catch (error) {
    if (error instanceof Refusal || error instanceof InvariantError) throw error;
    reader.len = scopeEnd;
    into.reject(span.name, `its bytes cannot be read: ${errorText(error)}`);
    return;
  }
  into.add(span, origin);
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

function readSpan(reader: ProtobufReader, into: OtlpSpan): void {
  const outer = reader.enter();
  while (reader.more()) readSpanField(reader, reader.tag(), into);
  reader.leave(outer);
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
