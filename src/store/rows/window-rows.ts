import { spanKindOf, spanStatusOf, type Attributes } from '../../core/index.ts';
import type { SpanRow } from '../../spans/index.ts';
import { attributesFromRow, type RowAttributes } from '../tables/span-table.ts';
import { RowBinaryReader, RowIncomplete } from './row-binary.ts';

const MARK = 1;
const ERROR_BYTES_MAX = 4_096;
const RESOURCE_SLOTS = 1 << 12;

/**
 * Reads the rows of sql/queries/window_spans.sql while they come and hands each on; nothing is kept
 * of one. Attributes are maps, or a JSON object as text.
 * @throws Error with what the server said behind the rows, or where they break off
 */
export async function readWindowRows(
  stream: AsyncIterable<Buffer>,
  isJson: boolean,
  take: (row: SpanRow) => void,
): Promise<void> {
  const reader = new RowBinaryReader();
  const attributes = isJson ? jsonAttributes : mapAttributes;
  const resource = cachedAttributes(isJson ? skipJson : skipMap, attributes);
  let rowStart = 0;
  let failure: Buffer | undefined;
  for await (const chunk of stream) {
    if (failure !== undefined) {
      if (failure.length < ERROR_BYTES_MAX) failure = Buffer.concat([failure, chunk]);
      continue;
    }
    reader.feed(chunk, rowStart);
    rowStart = 0;
    try {
      while (reader.at < reader.length) {
        if (reader.uint8() !== MARK) {
          failure = Buffer.from(reader.bytes(rowStart, reader.length));
          break;
        }
        take(readRow(reader, attributes, resource));
        rowStart = reader.at;
      }
    } catch (error) {
      if (!(error instanceof RowIncomplete)) throw error;
    }
  }
  if (failure !== undefined) throw new Error(errorTextOf(failure));
  if (rowStart < reader.length) throw new Error('the answer of the server breaks off');
}

type ReadAttributes = (reader: RowBinaryReader) => Attributes;

function readRow(
  reader: RowBinaryReader,
  attributes: ReadAttributes,
  resource: ReadAttributes,
): SpanRow {
  // In the order of the query.
  return {
    traceId: reader.text(),
    spanId: reader.uniqueText(),
    parentSpanId: reader.text(),
    serviceName: reader.text(),
    name: reader.text(),
    kind: spanKindOf(reader.text()) ?? 'Unspecified',
    status: spanStatusOf(reader.text()) ?? 'Unset',
    startEpochNs: reader.int64(),
    durationNs: reader.int64(),
    resourceAttributes: resource(reader),
    attributes: attributes(reader),
  };
}

function mapAttributes(reader: RowBinaryReader): Attributes {
  const attributes = Object.create(null) as Record<string, string>;
  for (let left = reader.varint(); left > 0; left--) {
    const key = reader.text();
    const value = reader.text();
    // The Collector keeps two attributes of one key, of which ClickHouse reads the first.
    attributes[key] ??= value;
  }
  return attributes;
}

function skipMap(reader: RowBinaryReader): void {
  for (let left = reader.varint() * 2; left > 0; left--) reader.skipText();
}

function jsonAttributes(reader: RowBinaryReader): Attributes {
  return attributesFromRow(JSON.parse(reader.text()) as RowAttributes);
}

function skipJson(reader: RowBinaryReader): void {
  reader.skipText();
}

/** Reads attributes of which few differ, as those of resources: of the same bytes one object. */
function cachedAttributes(
  skip: (reader: RowBinaryReader) => void,
  read: ReadAttributes,
): ReadAttributes {
  const known = new Map<number, { readonly bytes: Buffer; readonly attributes: Attributes }>();
  return (reader) => {
    const from = reader.at;
    skip(reader);
    const bytes = reader.bytes(from, reader.at);
    const slot = hashOf(bytes) & (RESOURCE_SLOTS - 1);
    const found = known.get(slot);
    if (found?.bytes.equals(bytes)) return found.attributes;
    reader.at = from;
    const attributes = read(reader);
    known.set(slot, { bytes: Buffer.from(bytes), attributes });
    return attributes;
  };
}

function hashOf(bytes: Buffer): number {
  let hash = bytes.length;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash ^ (hash >>> 15);
}

/** The message between the marks that newer servers set, or the whole text. */
function errorTextOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return (/Code: \d+\.[^\n]*/u.exec(text)?.[0] ?? text).trim();
}
