import { errorText, InvariantError, NS_PER_DAY, SPAN_KINDS, SPAN_STATUSES } from '../core/index.ts';
import {
  textHash,
  type ByteWriter,
  type DictionaryColumn,
  type SpanBlock,
} from '../native/index.ts';
import { AttributeList } from './attribute-list.ts';
import { ExportNotes, type Notes } from './export-notes.ts';
import { ItemLimit } from './item-limit.ts';
import { BYTES, FIXED64, ProtobufReader } from './protobuf-reader.ts';
import { Refusal } from './refusal.ts';
import { refuseTooHeavy } from './shared-weight.ts';
import { numberOfText, SpanColumns } from './span-columns.ts';
import {
  Origin,
  range,
  readRange,
  readResource,
  readScope,
  readSpan,
  SpanFields,
  weightOf,
  type Range,
} from './span-fields.ts';
import {
  emptySpan,
  malformation,
  SpanRejection,
  TOO_LATE,
  UNKNOWN_SERVICE,
  type StartCheck,
} from './trace-export.ts';

/** What one export request holds. */
export interface DecodedExport {
  readonly block: SpanBlock;
  /** Of each row, as `identitiesOf` makes them. */
  readonly identities: Uint32Array<ArrayBuffer>;
  readonly notes: Notes;
}

export interface ProtobufOptions {
  /** Most spans, events, links and attribute values of one request, together. */
  readonly maxItems: number;
  /** Says why a well-formed span cannot be stored. */
  readonly rejectionOf: StartCheck;
}

/**
 * Reads an `ExportTraceServiceRequest` from protobuf into the columns of the table of spans. Fields
 * that are not needed are passed over unread, also those of later versions.
 *
 * The bytes of texts go from the body into their column, without a string, and without an object
 * for a span or an attribute. `case` labels are wire tags, written `field << 3 | wire type`, so
 * that a known field of a wrong wire type counts as an unknown one.
 *
 * A span whose bytes make no sense is rejected by itself: where it ends is known before it is read.
 *
 * @throws Refusal 400 where the bytes are no such message, 413 where it holds too many items.
 */
export function decodeProtobuf(body: Buffer, options: ProtobufOptions): DecodedExport {
  const request = new RequestReader(body, columnsOfAll, options);
  try {
    request.read();
    return request.decoded();
  } catch (error) {
    if (error instanceof Refusal || error instanceof InvariantError) throw error;
    throw new Refusal(
      'message',
      `the body is no protobuf trace export: ${errorText(error)}`,
      error,
    );
  } finally {
    columnsOfAll.clear();
  }
}

/** Of one request after another: their memory is what making them anew would cost. */
const columnsOfAll = new SpanColumns();

/**
 * `instrumentation_library_spans` of OTLP 0.15 to 0.18, read alike. Some exporters of 2022 sent
 * both, with the same spans.
 */
const LEGACY_GROUP = (1000 << 3) | BYTES;

/** Reads one request into columns. */
class RequestReader {
  readonly #reader: ProtobufReader;
  readonly #rejectionOf: StartCheck;
  readonly #notes = new ExportNotes();
  readonly #columns: SpanColumns;
  readonly #span = new SpanFields();
  readonly #origin = new Origin();
  /** The attributes of an event or a link. */
  readonly #inner = new AttributeList();
  #rows = 0;
  #sharedWeight = 0;
  /** Days since the epoch of the last span whose start can be stored. */
  #takenDay = Number.NaN;
  /** How many entries and items the columns of arrays and maps have so far. */
  #resourceEntries = 0;
  #entries = 0;
  #events = 0;
  #eventEntries = 0;
  #links = 0;
  #linkEntries = 0;

  constructor(body: Buffer, columns: SpanColumns, { maxItems, rejectionOf }: ProtobufOptions) {
    this.#columns = columns;
    this.#reader = new ProtobufReader(body, new ItemLimit(maxItems), this.#notes);
    this.#rejectionOf = rejectionOf;
  }

  decoded(): DecodedExport {
    return { ...this.#columns.block(this.#rows), notes: this.#notes };
  }

  read(): void {
    const reader = this.#reader;
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | BYTES)) this.#readResourceSpans();
      else reader.pass(tag);
    }
  }

  /** The resource may come behind its spans: their offsets are noted, and read once it is known. */
  #readResourceSpans(): void {
    const reader = this.#reader;
    const origin = this.#origin;
    reader.items.count();
    const outer = reader.enter();
    const scopeOffsets: number[] = [];
    const legacyOffsets: number[] = [];
    origin.clear();
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | BYTES)) readResource(reader, origin.resource);
      else {
        if (tag === ((2 << 3) | BYTES)) scopeOffsets.push(reader.noteOffset());
        if (tag === LEGACY_GROUP) legacyOffsets.push(reader.noteOffset());
        reader.pass(tag);
      }
    }
    const { resource, serviceName } = this.#columns;
    const service = origin.resource.textOf(reader, 'service.name') || UNKNOWN_SERVICE;
    origin.serviceName = numberOfText(serviceName, service);
    origin.resourceWeight =
      Buffer.byteLength(service) + origin.resource.share(reader, resource, origin.shared);
    for (const offset of scopeOffsets.length > 0 ? scopeOffsets : legacyOffsets) {
      reader.pos = offset;
      this.#readScopeSpans();
    }
    reader.leave(outer);
  }

  #readScopeSpans(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    const origin = this.#origin;
    origin.scopeName.end = origin.scopeName.start = 0;
    origin.scopeVersion.end = origin.scopeVersion.start = 0;
    const spanOffsets: number[] = [];
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | BYTES)) readScope(reader, origin);
      else {
        if (tag === ((2 << 3) | BYTES)) spanOffsets.push(reader.noteOffset());
        reader.pass(tag);
      }
    }
    const { scopeName, scopeVersion } = this.#columns;
    origin.scopeNameNumber = numberOfRange(reader.body, origin.scopeName, scopeName);
    origin.scopeVersionNumber = numberOfRange(reader.body, origin.scopeVersion, scopeVersion);
    origin.weight = weightOf(origin);
    for (const offset of spanOffsets) {
      reader.pos = offset;
      this.#addSpan();
    }
    reader.leave(outer);
  }

  #addSpan(): void {
    const reader = this.#reader;
    const scopeEnd = reader.len;
    const span = this.#span;
    span.clear();
    this.#columns.mark();
    const entries = this.#entries;
    const events = this.#events;
    const eventEntries = this.#eventEntries;
    const links = this.#links;
    const linkEntries = this.#linkEntries;
    try {
      readSpan(reader, span);
      const end = reader.pos;
      this.#checkSpan();
      this.#writeRow();
      reader.pos = end;
      reader.len = scopeEnd;
    } catch (error) {
      if (error instanceof Refusal || error instanceof InvariantError) throw error;
      this.#columns.goBack();
      this.#entries = entries;
      this.#events = events;
      this.#eventEntries = eventEntries;
      this.#links = links;
      this.#linkEntries = linkEntries;
      reader.len = scopeEnd;
      const unread = `its bytes cannot be read: ${errorText(error)}`;
      const why = error instanceof SpanRejection ? error.message : unread;
      this.#notes.reject(textOf(reader, span.name), why);
    }
  }

  /** @throws SpanRejection where the span is not well formed, or cannot be stored */
  #checkSpan(): void {
    const reader = this.#reader;
    const { traceId, spanId, parentSpanId, startAt, endAt } = this.#span;
    const isUsual =
      isId(reader, traceId, 16) &&
      isId(reader, spanId, 8) &&
      (parentSpanId.start === parentSpanId.end || isId(reader, parentSpanId, 8)) &&
      !isPastTheEnd(reader, startAt) &&
      !isPastTheEnd(reader, endAt);
    if (!isUsual) {
      const why = malformation({
        ...emptySpan(),
        traceId: hexOf(reader, traceId),
        spanId: hexOf(reader, spanId),
        parentSpanId: hexOf(reader, parentSpanId),
        startEpochNs: reader.epochNsAt(startAt),
        endEpochNs: reader.epochNsAt(endAt),
      });
      if (why !== undefined) throw new SpanRejection(why);
    }
    this.#sharedWeight += this.#origin.weight;
    refuseTooHeavy(this.#sharedWeight);
    // Spans of one day are taken or not together, and nearly all of a request are of one.
    const dayNumber = Math.floor(
      (reader.wordAt(startAt, 4) * 2 ** 32 + reader.wordAt(startAt, 0)) / NS_PER_DAY,
    );
    if (dayNumber === this.#takenDay) return;
    const rejection = this.#rejectionOf(reader.epochNsAt(startAt));
    if (rejection !== undefined) throw new SpanRejection(rejection);
    this.#takenDay = dayNumber;
  }

  #writeRow(): void {
    const reader = this.#reader;
    const buf = reader.body;
    const columns = this.#columns;
    const span = this.#span;
    const { resource, shared, serviceName, scopeNameNumber, scopeVersionNumber } = this.#origin;
    writeTime(reader, span.startAt, columns.start);
    columns.traceId.hex(buf, span.traceId.start, span.traceId.end);
    columns.spanId.hex(buf, span.spanId.start, span.spanId.end);
    const { start, end } = span.parentSpanId;
    if (start === end || isZero(buf, start, end)) columns.parentSpanId.uint8(0);
    else columns.parentSpanId.hex(buf, start, end);
    columns.traceState.utf8(buf, span.traceState.start, span.traceState.end);
    columns.name.push(numberOfRange(buf, span.name, columns.name));
    columns.kind.push(SPAN_KINDS[span.kind] === undefined ? 0 : span.kind);
    columns.serviceName.push(serviceName);
    columns.resource.keys.pushAll(shared.keys);
    columns.resource.values.pushAll(shared.values);
    const resourceEntries = this.#resourceEntries + resource.count;
    columns.resource.ends.uint64(resourceEntries);
    columns.scopeName.push(scopeNameNumber);
    columns.scopeVersion.push(scopeVersionNumber);
    this.#entries = span.attributes.write(reader, columns.attributes, this.#entries);
    const hasEnded = this.#writeDuration();
    columns.status.push(SPAN_STATUSES[span.statusCode] === undefined ? 0 : span.statusCode);
    columns.statusMessage.utf8(buf, span.statusMessage.start, span.statusMessage.end);
    for (const offset of span.events) this.#writeEvent(offset);
    columns.eventEnds.uint64(this.#events);
    for (const offset of span.links) this.#writeLink(offset);
    columns.linkEnds.uint64(this.#links);
    // Nothing is thrown from here on.
    this.#resourceEntries = resourceEntries;
    this.#rows++;
    if (!hasEnded) {
      this.#notes.remarkEnd(textOf(reader, span.name), reader.epochNsAt(span.endAt) !== 0n);
    }
  }

  /**
   * What ends before it starts is stored as the Collector does: 2^64 minus the difference.
   * @returns whether it does not
   */
  #writeDuration(): boolean {
    const reader = this.#reader;
    const { startAt, endAt } = this.#span;
    const low = reader.wordAt(endAt, 0) - reader.wordAt(startAt, 0);
    const high = reader.wordAt(endAt, 4) - reader.wordAt(startAt, 4) - (low < 0 ? 1 : 0);
    this.#columns.duration.uint32(low >>> 0);
    this.#columns.duration.uint32(high >>> 0);
    return high >= 0;
  }

  #writeEvent(offset: number): void {
    const reader = this.#reader;
    const { eventTimes, eventNames, eventAttributes } = this.#columns;
    reader.items.count();
    const outer = reader.enterAt(offset);
    let timeAt: number | undefined;
    const name = range();
    this.#inner.clear();
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | FIXED64)) timeAt = reader.skipFixed64();
      else if (tag === ((2 << 3) | BYTES)) readRange(reader, name);
      else if (tag === ((3 << 3) | BYTES)) this.#inner.add(reader);
      else reader.pass(tag);
    }
    if (isPastTheEnd(reader, timeAt)) throw new SpanRejection(TOO_LATE);
    writeTime(reader, timeAt, eventTimes);
    eventNames.push(numberOfRange(reader.body, name, eventNames));
    this.#eventEntries = this.#inner.write(reader, eventAttributes, this.#eventEntries);
    this.#events++;
    reader.leave(outer);
  }

  #writeLink(offset: number): void {
    const reader = this.#reader;
    const { linkTraceIds, linkSpanIds, linkTraceStates, linkAttributes } = this.#columns;
    reader.items.count();
    const outer = reader.enterAt(offset);
    const [traceId, spanId, traceState] = [range(), range(), range()];
    this.#inner.clear();
    while (reader.more()) {
      const tag = reader.tag();
      if (tag === ((1 << 3) | BYTES)) readRange(reader, traceId);
      else if (tag === ((2 << 3) | BYTES)) readRange(reader, spanId);
      else if (tag === ((3 << 3) | BYTES)) readRange(reader, traceState);
      else if (tag === ((4 << 3) | BYTES)) this.#inner.add(reader);
      else reader.pass(tag);
    }
    // Of any length, since links are kept as they are.
    linkTraceIds.text(hexOf(reader, traceId));
    linkSpanIds.text(hexOf(reader, spanId));
    linkTraceStates.utf8(reader.body, traceState.start, traceState.end);
    this.#linkEntries = this.#inner.write(reader, linkAttributes, this.#linkEntries);
    this.#links++;
    reader.leave(outer);
  }
}

function numberOfRange(buf: Buffer, { start, end }: Range, column: DictionaryColumn): number {
  return column.numberOf(buf, start, end, textHash(buf, start, end));
}

/** A time that is not there is 0. */
function writeTime(reader: ProtobufReader, at: number | undefined, out: ByteWriter): void {
  if (at === undefined) out.uint64(0);
  else out.copy(reader.body, at, at + 8);
}

function isId({ body }: ProtobufReader, { start, end }: Range, bytes: number): boolean {
  return end - start === bytes && !isZero(body, start, end);
}

function isZero(buf: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (buf[at] !== 0) return false;
  return true;
}

function isPastTheEnd({ body }: ProtobufReader, at: number | undefined): boolean {
  return at !== undefined && (body[at + 7] ?? 0) > 0x7f;
}

function hexOf({ body }: ProtobufReader, { start, end }: Range): string {
  return body.toString('hex', start, end);
}

function textOf({ body }: ProtobufReader, { start, end }: Range): string {
  return body.toString('utf8', start, end);
}
