import {
  invariant,
  spanKindOf,
  spanStatusOf,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '../core/index.ts';
import { encodeBlock } from './block.ts';
import { ByteWriter } from './byte-writer.ts';
import { SPAN_TABLE } from './span-table.ts';

/** Spans as rows of their table, in the Native format. */
export interface SpanBlock {
  readonly rows: number;
  readonly bytes: Buffer<ArrayBuffer>;
}

const WRITER_BYTES = 64 * 1_024;

/** Returns a block by its bytes, which say how many rows it has. */
export function spanBlockOf(bytes: Buffer<ArrayBuffer>): SpanBlock {
  return { bytes, rows: varintAt(bytes, lengthBytes(bytes, 0)) };
}

/** Returns spans as a block whose memory is nobody else's. */
export function spanBlock(spans: readonly Span[]): SpanBlock {
  const block = encodeBlock(new ByteWriter(WRITER_BYTES), SPAN_TABLE.columns, spans);
  const bytes = Buffer.allocUnsafeSlow(block.length);
  block.copy(bytes);
  return { rows: spans.length, bytes };
}

/** Yields the spans of a block, one by one, so that the caller may rest between them. */
export function* spansOf(block: SpanBlock): Generator<Span, void, undefined> {
  const columns = columnsOf(block);
  const text = (name: string): Texts => columns.get(name) as Texts;
  const maps = (name: string): Maps => columns.get(name) as Maps;
  const times = columns.get('Timestamp') as Words;
  const durations = columns.get('Duration') as Words;
  const [traceIds, spanIds, parentIds] = [text('TraceId'), text('SpanId'), text('ParentSpanId')];
  const [states, names, kinds] = [text('TraceState'), text('SpanName'), text('SpanKind')];
  const [services, resources] = [text('ServiceName'), maps('ResourceAttributes')];
  const [scopes, versions] = [text('ScopeName'), text('ScopeVersion')];
  const [attributes, codes, messages] = [
    maps('SpanAttributes'),
    text('StatusCode'),
    text('StatusMessage'),
  ];
  const events = nested<SpanEvent>(columns, 'Events', (cursor) => ({
    epochNs: (cursor('Timestamp') as Words).next(),
    name: (cursor('Name') as Texts).next(),
    attributes: (cursor('Attributes') as Maps).next(),
  }));
  const links = nested<SpanLink>(columns, 'Links', (cursor) => ({
    traceId: (cursor('TraceId') as Texts).next(),
    spanId: (cursor('SpanId') as Texts).next(),
    traceState: (cursor('TraceState') as Texts).next(),
    attributes: (cursor('Attributes') as Maps).next(),
  }));
  for (let row = 0; row < block.rows; row++) {
    yield {
      traceId: traceIds.next(),
      spanId: spanIds.next(),
      parentSpanId: parentIds.next(),
      traceState: states.next(),
      name: names.next(),
      kind: spanKindOf(kinds.next()) ?? 'Unspecified',
      serviceName: services.next(),
      startEpochNs: times.next(),
      durationNs: durations.next(),
      status: spanStatusOf(codes.next()) ?? 'Unset',
      statusMessage: messages.next(),
      resourceAttributes: resources.next(),
      attributes: attributes.next(),
      scopeName: scopes.next(),
      scopeVersion: versions.next(),
      events: events(),
      links: links(),
    };
  }
}

/** 32-bit words of an identity. */
export const IDENTITY_WORDS = 2;

/**
 * Returns a number of 64 bits for each span of a block, as two words, which is the same for the
 * same span: its ids, kind, start and duration. Zipkin's clients and servers share an id.
 */
export function identitiesOf(block: SpanBlock): Uint32Array<ArrayBuffer> {
  const { bytes, rows } = block;
  const columns = columnsOf(block);
  const at = (name: string): number => (columns.get(name) as { readonly start: number }).start;
  let [kindAt, startAt, durationAt] = [at('SpanKind'), at('Timestamp'), at('Duration')];
  let [traceAt, spanAt] = [at('TraceId'), at('SpanId')];
  const identities = new Uint32Array(rows * IDENTITY_WORDS);
  const word = (position: number): number => bytes.readInt32LE(position);
  for (let row = 0; row < rows; row++) {
    const kindLength = bytes[kindAt] ?? 0;
    let high = kindLength | ((bytes[kindAt + 1] ?? 0) << 8);
    let low = 0;
    const [traceEnd, spanEnd] = [textEnd(bytes, traceAt), textEnd(bytes, spanAt)];
    // What distinguishes ids is at their end: 16 digits, of those that are whole.
    for (let from = Math.max(traceAt + 1, traceEnd - 16); from + 4 <= traceEnd; from += 4) {
      low = mixed(low, word(from));
    }
    for (let from = Math.max(spanAt + 1, spanEnd - 16); from + 4 <= spanEnd; from += 4) {
      high = mixed(high, word(from));
    }
    high = mixed(mixed(high, word(startAt)), word(startAt + 4));
    low = mixed(mixed(low, word(durationAt)), high);
    identities[row * IDENTITY_WORDS] = mixed(high, low);
    identities[row * IDENTITY_WORDS + 1] = low;
    kindAt += 1 + kindLength;
    startAt += 8;
    durationAt += 8;
    traceAt = traceEnd;
    spanAt = spanEnd;
  }
  return identities;
}

/** A step of MurmurHash3. */
function mixed(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** Reads the values of one column, from the first to the last. */
type Cursor = Texts | Words | Maps | Arrays;

/** 64-bit whole numbers with a sign. */
class Words {
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number, count: number) {
    this.#bytes = bytes;
    this.start = at;
    this.#at = at;
    this.end = at + count * 8;
  }

  next(): bigint {
    this.#at += 8;
    return this.#bytes.readBigInt64LE(this.#at - 8);
  }

  /** As a number; exact below 2^53. */
  nextNumber(): number {
    this.#at += 8;
    return (
      this.#bytes.readUInt32LE(this.#at - 8) + this.#bytes.readUInt32LE(this.#at - 4) * 2 ** 32
    );
  }
}

class Texts {
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;
  #at: number;
  #last = '';
  #lastStart = 0;

  constructor(bytes: Buffer, at: number, count: number) {
    this.#bytes = bytes;
    this.start = at;
    this.#at = at;
    let end = at;
    for (let left = count; left > 0; left--) end = textEnd(bytes, end);
    this.end = end;
  }

  get at(): number {
    return this.#at;
  }

  /** Goes on at a place where a text begins. */
  back(at: number): void {
    this.#at = at;
  }

  /** Passes over some. */
  skip(count: number): void {
    for (let left = count; left > 0; left--) this.#at = textEnd(this.#bytes, this.#at);
  }

  next(): string {
    const start = this.#at;
    this.skip(1);
    const end = this.#at;
    // Neighbours have the same service, scope, name or kind mostly.
    const lastEnd = this.#lastStart + (end - start);
    if (this.#lastStart > 0 && areSame(this.#bytes, start, end, this.#lastStart, lastEnd)) {
      return this.#last;
    }
    this.#lastStart = start;
    const textStart = start + lengthBytes(this.#bytes, start);
    this.#last = this.#bytes.toString('utf8', textStart, end);
    return this.#last;
  }
}

class Arrays {
  readonly start: number;
  readonly end: number;
  readonly items: Cursor;
  readonly #ends: Words;
  #before = 0;

  constructor(bytes: Buffer, at: number, count: number, itemType: string) {
    this.start = at;
    this.#ends = new Words(bytes, at, count);
    const total = lastOf(bytes, this.#ends, count);
    this.items = cursorOf(itemType, bytes, this.#ends.end, total);
    this.end = this.items.end;
  }

  /** Returns how many items the next array has. */
  nextLength(): number {
    const before = this.#before;
    this.#before = this.#ends.nextNumber();
    return this.#before - before;
  }
}

class Maps {
  readonly start: number;
  readonly end: number;
  readonly #bytes: Buffer;
  readonly #ends: Words;
  readonly #keys: Texts;
  readonly #values: Texts;
  #before = 0;
  #last: Attributes = {};
  #lastCount = -1;
  #lastAt: readonly [keys: number, values: number] = [0, 0];

  constructor(bytes: Buffer, at: number, count: number) {
    this.#bytes = bytes;
    this.start = at;
    this.#ends = new Words(bytes, at, count);
    const total = lastOf(bytes, this.#ends, count);
    this.#keys = new Texts(bytes, this.#ends.end, total);
    this.#values = new Texts(bytes, this.#keys.end, total);
    this.end = this.#values.end;
  }

  /** Returns the object that it returned before where that has the same bytes. */
  next(): Attributes {
    const end = this.#ends.nextNumber();
    const count = end - this.#before;
    this.#before = end;
    const at = [this.#keys.at, this.#values.at] as const;
    if (count === this.#lastCount && this.#isLast(count)) return this.#last;
    const attributes: Record<string, string> = {};
    for (let left = count; left > 0; left--) {
      const name = this.#keys.next();
      // Assigned to, it would be the prototype.
      if (name === '__proto__') defineText(attributes, name, this.#values.next());
      else attributes[name] = this.#values.next();
    }
    this.#lastAt = at;
    this.#lastCount = count;
    return (this.#last = attributes);
  }

  /** Passes over the next ones where they are the last once more. */
  #isLast(count: number): boolean {
    const [keysFrom, valuesFrom] = [this.#keys.at, this.#values.at];
    this.#values.skip(count);
    const isSame = this.#isSame(valuesFrom, this.#values.at, this.#lastAt[1]);
    if (isSame) {
      this.#keys.skip(count);
      if (this.#isSame(keysFrom, this.#keys.at, this.#lastAt[0])) return true;
      this.#keys.back(keysFrom);
    }
    this.#values.back(valuesFrom);
    return false;
  }

  #isSame(from: number, to: number, lastFrom: number): boolean {
    return areSame(this.#bytes, from, to, lastFrom, lastFrom + (to - from));
  }
}

function cursorOf(type: string, bytes: Buffer, at: number, count: number): Cursor {
  if (type === 'String') return new Texts(bytes, at, count);
  if (type.startsWith('Map(')) return new Maps(bytes, at, count);
  const item = /^Array\((.*)\)$/u.exec(type)?.[1];
  return item === undefined ? new Words(bytes, at, count) : new Arrays(bytes, at, count, item);
}

/** Finds where the columns begin: each begins where the one before it ends. */
function columnsOf({ bytes, rows }: SpanBlock): ReadonlyMap<string, Cursor> {
  const head = new Texts(bytes, 0, 0);
  const counts = [varintAt(bytes, 0), 0];
  counts[1] = varintAt(bytes, lengthBytes(bytes, 0));
  invariant(
    counts[0] === SPAN_TABLE.columns.length && counts[1] === rows,
    'a block of spans has their columns, and as many rows as it says',
  );
  head.back(lengthBytes(bytes, 0) + lengthBytes(bytes, lengthBytes(bytes, 0)));
  const columns = new Map<string, Cursor>();
  for (const { name, type } of SPAN_TABLE.columns) {
    invariant(head.next() === name && head.next() === type, `${name} is in its place`);
    const cursor = cursorOf(type, bytes, head.at, rows);
    columns.set(name, cursor);
    head.back(cursor.end);
  }
  return columns;
}

/** Returns what reads the next row of a group of columns that hold an array each. */
function nested<Item>(
  columns: ReadonlyMap<string, Cursor>,
  group: 'Events' | 'Links',
  itemOf: (cursor: (name: string) => Cursor) => Item,
): () => readonly Item[] {
  const arrays = new Map(
    [...columns].flatMap(([name, cursor]) =>
      name.startsWith(`${group}.`) ? [[name.slice(group.length + 1), cursor as Arrays]] : [],
    ),
  );
  const [first, ...others] = arrays.values();
  invariant(first, `${group} have columns`);
  const cursor = (name: string): Cursor => (arrays.get(name) as Arrays).items;
  return () => {
    const length = first.nextLength();
    for (const other of others) other.nextLength();
    return length === 0 ? NONE : Array.from({ length }, () => itemOf(cursor));
  };
}

const NONE: readonly never[] = [];

/** Returns how many items the arrays have together, from the end of the last. */
function lastOf(bytes: Buffer, ends: Words, count: number): number {
  return count === 0 ? 0 : new Words(bytes, ends.end - 8, 1).nextNumber();
}

function areSame(bytes: Buffer, from: number, to: number, from2: number, to2: number): boolean {
  return bytes[to - 1] === bytes[to2 - 1] && bytes.compare(bytes, from2, to2, from, to) === 0;
}

/** Reads a whole number in LEB128. */
function varintAt(bytes: Buffer, at: number): number {
  let value = 0;
  for (let position = at, factor = 1; ; factor *= 0x80) {
    const byte = bytes[position++] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}

function lengthBytes(bytes: Buffer, at: number): number {
  let end = at;
  while ((bytes[end++] ?? 0) >= 0x80);
  return end - at;
}

/** Returns where a text ends that begins with its length. */
function textEnd(bytes: Buffer, at: number): number {
  const length = bytes[at] ?? 0;
  return length < 0x80 ? at + 1 + length : at + lengthBytes(bytes, at) + varintAt(bytes, at);
}

function defineText(into: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(into, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
