import {
  HarnessError,
  SPAN_KINDS,
  SPAN_STATUSES,
  spanKindOf,
  spanStatusOf,
  type Attributes,
} from '../../core/index.ts';
import type { NumberedResource, SpanTableBuilder } from '../../spans/index.ts';
import { attributesFromRow, type RowAttributes } from '../tables/span-row.ts';
import { RowBinaryReader, RowIncomplete } from './row-binary.ts';

const MARK = 1;
const ERROR_BYTES_MAX = 4_096;
const RESOURCE_SLOTS = 1 << 12;
const NAMES_MAX = 64;

/**
 * Reads the rows of sql/queries/window_spans.sql into columns while they come; nothing else is kept
 * of one. Attributes are maps, or a JSON object as text.
 * @throws HarnessError STORE_REFUSED with what the server said behind the rows, STORE_UNREACHABLE
 * where they break off
 */
export async function readWindowRows(
  stream: AsyncIterable<Buffer>,
  isJson: boolean,
  into: SpanTableBuilder,
): Promise<void> {
  const reader = new RowBinaryReader((text) => into.numberOf(text));
  const readRow = rowReader(reader, isJson, into);
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
        readRow();
        rowStart = reader.at;
      }
    } catch (error) {
      if (!(error instanceof RowIncomplete)) throw error;
    }
  }
  if (failure !== undefined) {
    throw new HarnessError(
      'STORE_REFUSED',
      `the spans were not all read: ${errorTextOf(failure)}`,
      {
        hint: 'Ask for a shorter time, or for fewer traces; the message is that of the server.',
      },
    );
  }
  if (rowStart < reader.length) {
    throw new HarnessError('STORE_UNREACHABLE', 'the answer of the store breaks off', {
      hint: 'Ask again; the log of the server may say more.',
    });
  }
}

/** Returns what reads one row; of one that goes on in the next piece it adds nothing. */
function rowReader(reader: RowBinaryReader, isJson: boolean, into: SpanTableBuilder): () => void {
  const own = isJson ? jsonPairs(reader, into) : mapPairs(reader);
  const resourceOf = cachedResources(reader, isJson, into);
  const kindOf = numbered(SPAN_KINDS, (text) => spanKindOf(text) ?? 'Unspecified');
  const statusOf = numbered(SPAN_STATUSES, (text) => spanStatusOf(text) ?? 'Unset');
  return () => {
    // In the order of the query.
    const span = {
      traceId: reader.text(),
      spanId: reader.uniqueText(),
      parentSpanId: reader.uniqueText(),
      service: reader.textNumber(),
      operation: reader.textNumber(),
      kind: kindOf(reader.text()),
      status: statusOf(reader.text()),
      startEpochNs: reader.int64(),
      durationNs: reader.int64(),
      resource: resourceOf(),
    };
    own.read();
    into.begin(span);
    for (let i = 0; i < own.count; i++) into.addAttribute(own.keys[i] ?? 0, own.values[i] ?? 0);
    into.addResource(span.resource);
  };
}

/** The attributes of the row that was read last, by their numbers. */
interface Pairs {
  count: number;
  readonly keys: number[];
  readonly values: number[];
  read(): void;
}

/** The Collector keeps two attributes of one key, of which ClickHouse reads the first. */
function mapPairs(reader: RowBinaryReader): Pairs {
  const [keys, values]: [number[], number[]] = [[], []];
  const pairs = {
    count: 0,
    keys,
    values,
    read: () => {
      pairs.count = 0;
      for (let left = reader.varint(); left > 0; left--) {
        const [key, value] = [reader.textNumber(), reader.textNumber()];
        const before = keys.indexOf(key);
        if (before >= 0 && before < pairs.count) continue;
        keys[pairs.count] = key;
        values[pairs.count++] = value;
      }
    },
  };
  return pairs;
}

function jsonPairs(reader: RowBinaryReader, into: SpanTableBuilder): Pairs {
  const pairs: Pairs = {
    count: 0,
    keys: [],
    values: [],
    read: () => {
      pairs.count = 0;
      for (const [key, value] of Object.entries(jsonAttributes(reader))) {
        pairs.keys[pairs.count] = into.numberOf(key);
        pairs.values[pairs.count++] = into.numberOf(value);
      }
    },
  };
  return pairs;
}

function jsonAttributes(reader: RowBinaryReader): Attributes {
  return attributesFromRow(JSON.parse(reader.text()) as RowAttributes);
}

function mapAttributes(reader: RowBinaryReader): Attributes {
  const attributes = Object.create(null) as Record<string, string>;
  for (let left = reader.varint(); left > 0; left--) {
    const key = reader.text();
    const value = reader.text();
    attributes[key] ??= value;
  }
  return attributes;
}

/** Returns what reads a resource; of the same bytes it is the same one, for few of them differ. */
function cachedResources(
  reader: RowBinaryReader,
  isJson: boolean,
  into: SpanTableBuilder,
): () => NumberedResource {
  const known = new Map<number, { readonly bytes: Buffer; readonly resource: NumberedResource }>();
  return () => {
    const from = reader.at;
    for (let left = isJson ? 1 : reader.varint() * 2; left > 0; left--) reader.skipText();
    const bytes = reader.bytes(from, reader.at);
    const slot = hashOf(bytes) & (RESOURCE_SLOTS - 1);
    const found = known.get(slot);
    if (found?.bytes.equals(bytes)) return found.resource;
    reader.at = from;
    const resource = into.resourceOf(isJson ? jsonAttributes(reader) : mapAttributes(reader));
    known.set(slot, { bytes: Buffer.from(bytes), resource });
    return resource;
  };
}

function numbered<T extends string>(
  all: readonly T[],
  read: (text: string) => T,
): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    const number = known.get(text) ?? all.indexOf(read(text));
    if (known.size < NAMES_MAX) known.set(text, number);
    return number;
  };
}

function hashOf(bytes: Buffer): number {
  let hash = bytes.length;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** The message between the marks that newer servers set, or the whole text. */
function errorTextOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return (/Code: \d+\.[^\n]*/u.exec(text)?.[0] ?? text).trim();
}
