import { AttributeList, type SharedMap } from './attribute-list.ts';
import { BYTES, FIXED64, type ProtobufReader, VARINT } from './protobuf-reader.ts';
import { PER_ATTRIBUTE } from './shared-weight.ts';

/** A part of the body. */
export interface Range {
  start: number;
  end: number;
}

export const range = (): Range => ({ start: 0, end: 0 });

/** The fields of the span that is being read. */
export class SpanFields {
  readonly traceId = range();
  readonly spanId = range();
  readonly parentSpanId = range();
  readonly traceState = range();
  readonly name = range();
  readonly statusMessage = range();
  readonly #ranges = [
    ...[this.traceId, this.spanId, this.parentSpanId],
    ...[this.traceState, this.name, this.statusMessage],
  ];
  /** Where the fixed64 values lie; undefined for 0. */
  startAt: number | undefined;
  endAt: number | undefined;
  kind = 0;
  statusCode = 0;
  readonly attributes = new AttributeList();
  readonly events: number[] = [];
  readonly links: number[] = [];

  clear(): void {
    for (const each of this.#ranges) each.end = each.start = 0;
    this.startAt = this.endAt = undefined;
    this.kind = this.statusCode = 0;
    this.attributes.clear();
    this.events.length = this.links.length = 0;
  }
}

/** What the spans of one group share, as numbers of the dictionaries of its columns. */
export class Origin {
  readonly resource = new AttributeList();
  readonly shared: SharedMap = { keys: [], values: [] };
  serviceName = 0;
  readonly scopeName = range();
  readonly scopeVersion = range();
  scopeNameNumber = 0;
  scopeVersionNumber = 0;
  /** Bytes that each row of the resource repeats, or more. */
  resourceWeight = 0;
  /** Likewise of the group. */
  weight = 0;

  clear(): void {
    this.resource.clear();
    this.shared.keys.length = this.shared.values.length = 0;
  }
}

export function readResource(reader: ProtobufReader, into: AttributeList): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) into.add(reader);
    else reader.pass(tag);
  }
  reader.leave(outer);
}

export function readScope(reader: ProtobufReader, into: Origin): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((1 << 3) | BYTES)) readRange(reader, into.scopeName);
    else if (tag === ((2 << 3) | BYTES)) readRange(reader, into.scopeVersion);
    else reader.pass(tag);
  }
  reader.leave(outer);
}

export function readSpan(reader: ProtobufReader, into: SpanFields): void {
  const outer = reader.enter();
  while (reader.more()) readSpanField(reader, reader.tag(), into);
  reader.leave(outer);
}

function readSpanField(reader: ProtobufReader, tag: number, into: SpanFields): void {
  switch (tag) {
    case (1 << 3) | BYTES:
      readRange(reader, into.traceId);
      break;
    case (2 << 3) | BYTES:
      readRange(reader, into.spanId);
      break;
    case (3 << 3) | BYTES:
      readRange(reader, into.traceState);
      break;
    case (4 << 3) | BYTES:
      readRange(reader, into.parentSpanId);
      break;
    case (5 << 3) | BYTES:
      readRange(reader, into.name);
      break;
    case (6 << 3) | VARINT:
      into.kind = reader.int32();
      break;
    case (7 << 3) | FIXED64:
      into.startAt = reader.skipFixed64();
      break;
    case (8 << 3) | FIXED64:
      into.endAt = reader.skipFixed64();
      break;
    case (9 << 3) | BYTES:
      into.attributes.add(reader);
      break;
    case (11 << 3) | BYTES:
      into.events.push(reader.pos);
      reader.pass(tag);
      break;
    case (13 << 3) | BYTES:
      into.links.push(reader.pos);
      reader.pass(tag);
      break;
    case (15 << 3) | BYTES:
      readStatus(reader, into);
      break;
    default:
      reader.pass(tag);
  }
}

function readStatus(reader: ProtobufReader, into: SpanFields): void {
  const outer = reader.enter();
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === ((2 << 3) | BYTES)) readRange(reader, into.statusMessage);
    else if (tag === ((3 << 3) | VARINT)) into.statusCode = reader.int32();
    else reader.pass(tag);
  }
  reader.leave(outer);
}

/** Notes where the text or the bytes lie that begin here with their length. */
export function readRange(reader: ProtobufReader, into: Range): void {
  const outer = reader.enter();
  into.start = reader.pos;
  into.end = reader.len;
  reader.leave(outer);
}

/** Returns the bytes that each row of a scope repeats, or more. */
export function weightOf({ resource, resourceWeight, scopeName, scopeVersion }: Origin): number {
  const scope = scopeName.end - scopeName.start + (scopeVersion.end - scopeVersion.start);
  return resourceWeight + scope + resource.count * PER_ATTRIBUTE;
}
